"""Many pictures into models: what `convert.py` runs in one process, and on Ray with `--ray`.

`jobs.py` finds the pictures, `stages.py` converts them, `manifest.py` remembers what is done,
`cluster.py` spreads the stages over workers, `storage.py` reads and writes files here and in
object stores, `measure.py` times it all. Every step of a single picture is `pipeline/export.py`'s.
"""
