"""How fast and how large: `python -m benchmarks`. The figures land in docs/performance.md."""
