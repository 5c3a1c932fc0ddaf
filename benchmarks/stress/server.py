"""The name of before of AppServer, until tests/webapp/test_sessions.py and others change."""

from benchmarks.app_server import AppServer as Server

__all__ = ["Server"]
