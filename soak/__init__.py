"""What the server and the trainer bear, measured: python -m soak writes docs/reliability.md.

The tests run the same measurements in a shortened form, see tests/test_soak.py.
"""
