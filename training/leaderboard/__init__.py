"""Scores of predictions that any program wrote: one file for each photograph of a data set."""
