"""The loop of a head's training: steps on one device, a schedule by steps or time, averages.

    loop = HeadLoop(modules, HeadConfig(minutes=9.0), device)
    loop.run(loss_of, on_save)           # loss_of(step) -> loss, {name: figure}

The trunk is frozen, so that a step is a forward pass of the network and a backward pass of the
head. Nothing of the network is compiled: in the minutes of a lease, compiling costs more than it
gains. On several GPUs run one head on each.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from torch import nn

from training.loop.config import setting
from training.loop.model_setup import parameter_groups
from training.loop.schedule import Progress, learning_rate
from training.loop.trainer import TrainingDiverged
from training.loop.weight_averages import EMA

LossOf = Callable[[int], tuple[torch.Tensor, dict[str, torch.Tensor]]]
LOG_FILE = "log.jsonl"  # one line of JSON for each line that is printed


@dataclass(frozen=True)
class HeadConfig:
    """Settings that all heads share; the defaults are for one H200."""

    checkpoint: str | None = setting(None, "frozen weights; None: those of the application")
    output: str = setting("runs/head", "folder for the head's file and the log")
    steps: int | None = setting(None, "optimizer steps, unless time ends the run earlier")
    minutes: float | None = setting(None, "wall clock from the start of the process to its end")
    batch_size: int = setting(256, "pictures a step")
    lr: float = setting(1e-3, "peak learning rate")
    warmup: int = setting(200, "warm-up steps")
    final_lr: float = setting(0.01, "last learning rate as a share of the peak")
    weight_decay: float = setting(0.05, "on matrices and kernels only")
    clip: float = setting(1.0, "largest gradient norm")
    ema: float = setting(0.998, "decay of the averaged weights")
    seed: int = setting(0, "seed of the weights and of all pictures")
    log_every: int = setting(100, "steps between log lines")
    save_minutes: float = setting(3.0, "minutes between measurements, each writes the head")
    device: str = setting("auto", "auto, cpu or cuda")
    val_pictures: int = setting(256, "generated pictures of shapes that training does not see")
    studio: tuple = setting((), "fields of StudioConfig as name=value")


def add_options(parser: argparse.ArgumentParser, kind: type = HeadConfig) -> None:
    """Adds one option for each field of a dataclass of settings."""
    for entry in fields(kind):
        types = getattr(entry.type, "__args__", (entry.type,))
        options = {"default": argparse.SUPPRESS, "help": f"{entry.metadata['help']} "}
        if entry.type is tuple:
            options |= {"nargs": "*", "metavar": "NAME=VALUE"}
        else:
            options["type"] = next(t for t in (int, float, str) if t in types)
        options["help"] += f"({entry.default})"
        parser.add_argument("--" + entry.name.replace("_", "-"), **options)


class HeadLoop:
    """Trains the modules of a head.

    Parameters
    ----------
    modules : nn.ModuleDict
        Everything that is trained, on its device.
    config : HeadConfig
        Settings.
    device : torch.device
        Device of the losses.
    start_time : float, optional
        time.monotonic() at the start of the process; the default is now.
    """

    def __init__(
        self,
        modules: nn.ModuleDict,
        config: HeadConfig,
        device: torch.device,
        start_time: float | None = None,
    ):
        self.modules, self.config, self.device = modules, config, device
        self.progress = Progress(config.steps, config.minutes, None, start_time)
        groups = parameter_groups(modules, config.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, lr=config.lr, fused=device.type == "cuda")
        self.average = EMA(modules, config.ema)
        self.output = Path(config.output)
        self.output.mkdir(parents=True, exist_ok=True)
        self.sums: dict[str, torch.Tensor] = {}
        self.mark = (0, time.monotonic())

    def run(self, loss_of: LossOf, on_save: Callable[[nn.ModuleDict, int], dict]) -> dict:
        """Trains to the end of the schedule.

        Parameters
        ----------
        loss_of : callable
            Returns the loss of a step and figures to log.
        on_save : callable
            Measures and writes the averaged modules; called with them and the step, every
            `save_minutes` and at the end. Its figures are logged.

        Returns
        -------
        dict
            The last figures of `on_save`.

        Raises
        ------
        TrainingDiverged
            If the loss is not finite.
        """
        saved = time.monotonic()
        self.modules.train()
        while not self.progress.complete:
            self._step(loss_of)
            self.progress.read_clock(self.device)
            if self.progress.step % self.config.log_every == 0:
                self._log()
            due = time.monotonic() - saved > 60 * self.config.save_minutes
            if due and not self.progress.complete:
                self._save(on_save)
                saved = time.monotonic()
        return self._save(on_save)

    def _step(self, loss_of: LossOf) -> None:
        """Makes one optimizer step."""
        config, progress = self.config, self.progress
        rate = learning_rate(config.lr, progress, config.warmup, config.final_lr, "cosine")
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss, parts = loss_of(progress.step)
        self.optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.modules.parameters(), config.clip)
        self.optimizer.step()
        progress.step += 1
        self.average.update(progress.step)
        for name, value in {"loss": loss, **parts, "gradient": norm}.items():
            self.sums[name] = self.sums.get(name, 0) + value.detach().float()

    def _log(self) -> None:
        """Prints the means since the last line; waits for the device."""
        step, (before, start) = self.progress.step, self.mark
        means = {name: float(total) / (step - before) for name, total in self.sums.items()}
        if not all(torch.isfinite(total) for total in self.sums.values()):
            raise TrainingDiverged(f"The loss is not finite before step {step}; lower --lr.")
        speed = (step - before) * self.config.batch_size / (time.monotonic() - start)
        self._write({"step": step, "share": self.progress.share, **means, "pictures/s": speed})
        self.sums, self.mark = {}, (step, time.monotonic())

    def _save(self, on_save: Callable[[nn.ModuleDict, int], dict]) -> dict:
        """Measures and writes the average."""
        with torch.no_grad():
            figures = on_save(self.average.model, self.progress.step)
        self._write({"step": self.progress.step, **figures})
        self.sums, self.mark = {}, (self.progress.step, time.monotonic())
        return figures

    def _write(self, figures: dict) -> None:
        """Prints figures and appends them to the log."""
        print(*(f"{k} {round(v, 4):g}" for k, v in figures.items()), flush=True)
        with open(self.output / LOG_FILE, "a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")
