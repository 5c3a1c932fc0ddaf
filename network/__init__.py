"""The network: its design, layers and weights, from files or from the Hub."""

from core.categories import CATEGORIES
from network.config import VoxelConfig
from network.model import Outputs, VoxelModel

__all__ = ["CATEGORIES", "Outputs", "VoxelConfig", "VoxelModel"]
