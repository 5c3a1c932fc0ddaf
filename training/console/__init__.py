"""Modules that all commands of `training/` use: the argument parser, and old command names."""
