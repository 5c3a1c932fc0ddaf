"""Runs of several processes: start, gradients, and the state of a run without a shared disk."""
