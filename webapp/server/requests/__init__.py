"""Requests and their answers: guard, routes, names, body, admission, response."""
