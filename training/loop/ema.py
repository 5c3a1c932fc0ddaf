"""Old place of `training.loop.weight_averages.EMA`, for training/train.py."""

from training.loop.weight_averages import EMA

__all__ = ["EMA"]
