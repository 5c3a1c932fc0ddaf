"""Commands of the studio: `python -m training.studio <command>`."""
