"""What the server and the trainer bear, measured.

`python -m benchmarks.stress` writes docs/reliability.md.

The tests run the same measurements in a shortened form, see tests/benchmarks/test_stress.py.
"""
