"""What is checked before the first step of a run, and what is recorded about it."""
