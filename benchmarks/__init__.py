"""Measurements of speed (`python -m benchmarks`) and reliability (`python -m benchmarks.stress`).

The helpers that start and call the app (app_server, api_client) are shared with the tests.
"""
