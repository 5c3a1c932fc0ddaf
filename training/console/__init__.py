"""What the commands of training/ share: the command line, and hints at renamed commands."""
