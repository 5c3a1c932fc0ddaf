"""Measurements and contact sheets that the first process of a run makes between its steps.

validator = Validator(config, source, monitor)
figures = validator.measure(model, progress, last=False)
"""

import time

from training.data.batches import BatchSource
from training.evaluation.validation import Validation
from training.loop.config import TrainConfig
from training.loop.schedule import Progress
from training.loop.sources import validation_records
from training.monitoring.monitor import Monitor
from training.monitoring.photo_watch import PhotoWatch
from voxel_model import VoxelModel


class Validator:
    """The validation sets of a run.

    Parameters
    ----------
    config : TrainConfig
        Settings of the run.
    source : BatchSource
        Source of generated samples that training does not see.
    monitor : Monitor
        Prints and writes the figures.
    """

    def __init__(self, config: TrainConfig, source: BatchSource, monitor: Monitor):
        self.config, self.monitor = config, monitor
        self.generated = Validation(source, config.val_pictures, config.batch_size)
        self.photos = None
        if config.val_data:
            records = validation_records(config)
            self.photos = PhotoWatch(config.val_data, config.val_minutes, records)
        self.photos_time = time.monotonic()  # of the last measurement on photographs
        self.next_sheet = 0  # step

    def measure(self, model: VoxelModel, progress: Progress, last: bool) -> dict[str, float]:
        """Measures a model, and draws its pictures if they are due.

        Parameters
        ----------
        model : VoxelModel
            The averaged weights.
        progress : Progress
            Step of the run.
        last : bool
            True at the end of a call: photographs are measured even if they are not due.

        Returns
        -------
        dict of float
            The figures; those on photographs begin with "photos_".
        """
        step = progress.step
        figures = self.generated(model)
        self.monitor.figures("validation", figures, step)
        photos_due = time.monotonic() - self.photos_time >= 60 * self.config.photo_minutes
        if self.photos and (photos_due or last or progress.complete):
            on_photos = self.photos(model)
            self.photos_time = time.monotonic()
            self.monitor.figures("photographs", on_photos, step)
            figures |= {f"photos_{name}": value for name, value in on_photos.items()}
        if step >= self.next_sheet or last:
            self.next_sheet = step + self.config.sheet_every
            self._draw(model, step)
        return figures

    def _draw(self, model: VoxelModel, step: int) -> None:
        """Writes a picture of the same samples of each set."""
        self.monitor.picture("validation", lambda: self.generated.picture(model), step)
        if self.photos:
            self.monitor.picture("photographs", lambda: self.photos.sheet(model), step)
