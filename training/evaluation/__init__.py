"""Metrics, scores of single photos, summaries and reports."""
