"""The object head: its training on rooms, losses, targets and metrics."""
