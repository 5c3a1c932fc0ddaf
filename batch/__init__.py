"""Many photos to models, in one process or on Ray; the library behind `convert.py`.

`sources` lists the photos, `config` says how they become files, `stages` converts them,
`scheduling` bounds the work in progress, `results` records what was made, `cluster` runs the stages
on Ray, and `storage` reads and writes local files and object stores.
"""
