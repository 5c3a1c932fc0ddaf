"""The network alone: what it is built of, its config, its weights from files and from the Hub."""

from core.categories import CATEGORIES
from network.config import VoxelConfig
from network.model import Outputs, VoxelModel

__all__ = ["CATEGORIES", "Outputs", "VoxelConfig", "VoxelModel"]
