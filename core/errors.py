"""Errors that a user can cause.

The message of a `UserError` is one sentence that says what is wrong and what to do. A front end
shows this message and no traceback. Every other exception is a bug.
"""


class UserError(ValueError):
    """Base class of every error that a user can cause."""


class PictureError(UserError):
    """A picture, or a box in a picture, that cannot be used."""


class ModelError(UserError):
    """Weights, a config or a device that cannot be used."""


class MeshError(UserError):
    """A grid or a setting from which no model file can be made."""


class EmptyGridError(MeshError):
    """A grid without a solid cell at the threshold."""


class WriteError(UserError):
    """A file that cannot be written; `__cause__` is the OSError."""


class BatchError(UserError):
    """A source of pictures, a storage or a cluster that a batch cannot use."""
