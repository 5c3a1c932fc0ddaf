"""What a request may be, and its answer: the guard, the routes, the body, admission."""
