"""What operators see of the server: the log, the figures, the health."""
