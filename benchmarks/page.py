"""The place of before of `load`, until tests/webapp/test_browser_layout.py changes."""

from benchmarks.measurements.page import load

__all__ = ["load"]
