"""The network alone: what it is built of, its config, its weights from files and from the Hub."""

from network.config import CATEGORIES, VoxelConfig
from network.model import Outputs, VoxelModel

__all__ = ["CATEGORIES", "Outputs", "VoxelConfig", "VoxelModel"]
