"""Progress of a run: printed lines, curves in CSV files and TensorBoard, time of each stage.

The loop never waits for the GPU because of the monitor: sums stay on the device and CUDA events
mark the time. Both are read once every --log-every steps.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from training.loop.schedule import Progress
from training.monitoring.curve_files import CurveFiles

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LINE_SECONDS = 15.0  # longest time between two progress lines
SLOW_RATE = 10  # pictures a second below which a line shows tenths


class Monitor:
    """Running means and timings between two log lines.

    Parameters
    ----------
    output : Path
        Folder of the run.
    device : torch.device
        Device of the losses.
    names : tuple of str
        Names of the loss parts, in the order of `add`.
    main : bool
        True in the main process, the only one that prints and writes.
    """

    def __init__(self, output: Path, device: torch.device, names: tuple[str, ...], main: bool):
        self.device, self.names, self.main = device, ("loss", *names, "gradient"), main
        self.output, self.curves, self.writer = output, None, None
        self.line_time = time.monotonic()
        self.bar = tqdm(total=100, unit="%", disable=None if main else True, leave=False)
        self.start(0)

    def begin(self, step: int) -> None:
        """Opens the files of the curves; the run continues after `step`."""
        if self.main:
            self.curves = CurveFiles(self.output / "curves", step)
            self.writer = open_writer(self.output / "tensorboard", step)
        self.start(step)

    def start(self, step: int) -> None:
        """Starts a new interval of means at `step`."""
        self.sums = torch.zeros(len(self.names), device=self.device)
        self.marks: list[tuple[str | None, object]] = []
        self.first_step, self.start_time, self.pause = step, time.perf_counter(), 0.0

    def mark(self, stage: str | None) -> None:
        """Attributes the time from now on to `stage`: "studio", "step" or None for neither."""
        if self.device.type == "cuda":
            event = torch.cuda.Event(enable_timing=True)
            event.record()
        else:
            event = time.perf_counter()
        self.marks.append((stage, event))

    @property
    def is_due(self) -> bool:
        """True if no line was printed for LINE_SECONDS, as on slow machines."""
        return time.monotonic() - self.line_time > LINE_SECONDS

    def add(self, losses: torch.Tensor, norm: torch.Tensor) -> None:
        """Adds the losses (1 + N,), the total first, and the gradient norm () of a step."""
        self.sums += torch.cat([losses, norm.float().view(1)])

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Excludes the time of the block, such as a validation, from all rates."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        yield
        self.pause += time.perf_counter() - start

    def log(self, progress: Progress, pictures_a_step: int, rate: float) -> None:
        """Prints and writes the means since the last call, and starts a new interval.

        Parameters
        ----------
        progress : Progress
            Step and share of the schedule.
        pictures_a_step : int
            Over all processes.
        rate : float
            The current learning rate.
        """
        steps = progress.step - self.first_step
        means = dict(zip(self.names, (self.sums / steps).tolist(), strict=True))  # GPU sync
        seconds = time.perf_counter() - self.start_time - self.pause
        spent = self.stage_seconds()
        speed = {
            "pictures_per_second": steps * pictures_a_step / seconds,
            "studio_share": spent["studio"] / max(spent["studio"] + spent["step"], 1e-9),
            "learning_rate": rate,
        }
        if self.main:
            self._print_line(progress, means, speed, progress.seconds_left(seconds / steps))
            self._write("train", means | speed | {"minutes": progress.seconds / 60}, progress.step)
        self.start(progress.step)
        self.line_time = time.monotonic()

    def stage_seconds(self) -> dict[str, float]:
        """Returns seconds of each stage since `start`: GPU time, or wall clock on a CPU."""
        spent = {"studio": 0.0, "step": 0.0}
        on_cuda = self.device.type == "cuda"
        for (stage, begin), (_, end) in zip(self.marks, self.marks[1:], strict=False):
            if stage is not None:
                spent[stage] += begin.elapsed_time(end) / 1000 if on_cuda else end - begin
        return spent

    def _print_line(self, progress: Progress, means: dict, speed: dict, left: float) -> None:
        """Updates the bar and prints the means of an interval."""
        parts = " ".join(f"{name} {value:.3f}" for name, value in means.items())
        rate = speed["pictures_per_second"]
        rate_text = f"{rate:,.0f}" if rate >= SLOW_RATE else f"{rate:.1f}"
        self.bar.update(round(100 * progress.share, 1) - self.bar.n)
        self.bar.write(
            f"step {progress.step} {progress.share:.1%} {parts} lr {speed['learning_rate']:.1e} "
            f"{rate_text} pictures/s, studio {speed['studio_share']:.0%}, "
            f"{minutes(left)} left"
        )

    def figures(self, group: str, figures: dict, step: int) -> None:
        """Prints and writes the figures of a validation."""
        text = " ".join(f"{name} {value:.3f}" for name, value in figures.items())
        self.bar.write(f"step {step} {group}: {text}")
        self._write(group, figures, step)

    def picture(self, group: str, draw: Callable[[], np.ndarray], step: int) -> None:
        """Writes a picture (H, W, 3) uint8; `draw` is called only if TensorBoard is installed."""
        if self.writer is not None:
            self.writer.add_image(
                f"{group}/photo, predicted, true", draw(), step, dataformats="HWC"
            )

    def _write(self, group: str, values: dict, step: int) -> None:
        """Writes figures to TensorBoard and to the CSV files."""
        if self.curves is not None:
            self.curves.add(group, step, values)
        if self.writer is not None:
            for name, value in values.items():
                self.writer.add_scalar(f"{group}/{name}", value, step)
            self.writer.flush()

    def close(self) -> None:
        """Closes the bar and the TensorBoard file."""
        self.bar.close()
        if self.writer is not None:
            self.writer.close()


def minutes(seconds: float) -> str:
    """Formats a time as minutes and seconds, such as "8:05"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def open_writer(folder: Path, step: int) -> "SummaryWriter | None":
    """Opens a TensorBoard writer that drops earlier points after `step`.

    Without TensorBoard it prints a line and returns None.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        print("tensorboard is not installed: no curves are written.")
        return None
    return SummaryWriter(str(folder), purge_step=step + 1)
