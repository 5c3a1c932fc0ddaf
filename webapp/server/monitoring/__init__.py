"""Monitoring of the server for operators: log, metrics, health."""
