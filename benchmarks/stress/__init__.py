"""Measures load, memory, faults, training and numerics: `python -m benchmarks.stress`.

Writes docs/reliability.md. tests/benchmarks/test_stress.py runs shorter forms.
"""
