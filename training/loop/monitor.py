"""What a person sees of a run: log lines, TensorBoard, and where the time goes.

The loop never waits for the device on its account: sums stay there and CUDA events mark the time;
both are read once in --log-every steps.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from tqdm import tqdm

from training.loop.schedule import Progress


class Monitor:
    """Running means and timings between two log lines.

    names : of the loss parts, in the Objective's order
    main : only the main process prints and writes
    """

    def __init__(self, output: Path, device: torch.device, names: tuple[str, ...], main: bool):
        self.device, self.names, self.main = device, ("loss", *names, "gradient"), main
        self.writer = open_writer(output / "tensorboard") if main else None
        self.bar = tqdm(total=100, unit="%", disable=None if main else True, leave=False)
        self.start(0)

    def start(self, step: int) -> None:
        """Begins a new stretch of steps to average over."""
        self.sums = torch.zeros(len(self.names), device=self.device)
        self.marks: list[tuple[str | None, object]] = []
        self.first_step, self.since, self.pause = step, time.perf_counter(), 0.0

    def mark(self, stage: str | None) -> None:
        """From here on time belongs to `stage`, None for neither."""
        if self.device.type == "cuda":
            event = torch.cuda.Event(enable_timing=True)
            event.record()
        else:
            event = time.perf_counter()
        self.marks.append((stage, event))

    def add(self, loss: torch.Tensor, parts: torch.Tensor, norm: torch.Tensor) -> None:
        self.sums += torch.cat([loss.view(1), parts, norm.float().view(1)])

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Time in here is validation's and counts toward no rate."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        yield
        self.pause += time.perf_counter() - began

    def log(self, progress: Progress, pictures_a_step: int, rate: float) -> None:
        """Prints and writes the means since the last call."""
        steps = progress.step - self.first_step
        means = dict(zip(self.names, (self.sums / steps).tolist(), strict=True))  # waits: the sync
        seconds = time.perf_counter() - self.since - self.pause
        spent = self.stage_seconds()
        speed = {
            "pictures_per_second": steps * pictures_a_step / seconds,
            "studio_share": spent["studio"] / max(spent["studio"] + spent["step"], 1e-9),
            "learning_rate": rate,
        }
        if self.main:
            self._say(progress, means, speed)
            self._write("train", means | speed, progress.step)
        self.start(progress.step)

    def stage_seconds(self) -> dict[str, float]:
        """Seconds of device time (on a CPU: of wall clock) in each stage since `start`."""
        spent = {"studio": 0.0, "step": 0.0}
        for (stage, begin), (_, end) in zip(self.marks, self.marks[1:], strict=False):
            if stage is not None:
                on_cuda = self.device.type == "cuda"
                spent[stage] += begin.elapsed_time(end) / 1000 if on_cuda else end - begin
        return spent

    def _say(self, progress: Progress, means: dict, speed: dict) -> None:
        parts = " ".join(f"{name} {value:.3f}" for name, value in means.items())
        self.bar.update(round(100 * progress.value, 1) - self.bar.n)
        self.bar.write(
            f"step {progress.step} {progress.value:.1%} {parts} lr {speed['learning_rate']:.1e} "
            f"{speed['pictures_per_second']:,.0f} pictures/s, studio {speed['studio_share']:.0%}"
        )

    def figures(self, group: str, figures: dict, step: int) -> None:
        """One line and one scalar each of a validation's figures."""
        text = " ".join(f"{name} {value:.3f}" for name, value in figures.items())
        self.bar.write(f"step {step} {group}: {text}")
        self._write(group, figures, step)

    def picture(self, group: str, draw: Callable, step: int) -> None:
        """Adds a picture (H, W, 3) uint8, drawn only where TensorBoard will take it."""
        if self.writer is not None:
            self.writer.add_image(
                f"{group}/photo, predicted, true", draw(), step, dataformats="HWC"
            )

    def _write(self, group: str, values: dict, step: int) -> None:
        if self.writer is not None:
            for name, value in values.items():
                self.writer.add_scalar(f"{group}/{name}", value, step)
            self.writer.flush()

    def close(self) -> None:
        self.bar.close()
        if self.writer is not None:
            self.writer.close()


def open_writer(folder: Path):
    """A TensorBoard writer, or None and a printed line where tensorboard is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        print("tensorboard is not installed: no curves are written.")
        return None
    return SummaryWriter(str(folder))
