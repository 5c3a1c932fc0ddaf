"""Errors whose message is one sentence for the user.

A front end shows the message of a `UserError` and no traceback. All other exceptions are bugs.
"""


class UserError(ValueError):
    """Base class of every error that a user can cause; the message says what to do."""


class PictureError(UserError):
    """A picture that cannot be used."""


class ModelError(UserError):
    """Weights or a config that cannot be used."""


class MeshError(UserError):
    """A grid, a setting or a path from which no model file can be made."""


class BatchError(UserError):
    """A list of pictures, a storage or a cluster that a batch cannot work with."""
