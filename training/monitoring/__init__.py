"""Monitoring of a run: progress lines, curves, contact sheets, measurements on photographs."""
