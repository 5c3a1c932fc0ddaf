"""Trains the network on the synthetic studio; one process, many, or many machines.

    python -m training.train --dry-run                       # all of it in a minute, on a CPU
    python -m training.train --minutes 9 --output runs/a     # one GPU, done in nine minutes
    python -m training.train --minutes 9 --minutes-total 25 --resume --output runs/a   # thrice
    torchrun --nproc_per_node 8 -m training.train --steps 20000 --output runs/b
    tensorboard --logdir runs

A killed run goes on with the same command and --resume. Settings: training/loop/config.py; loss:
training/loop/losses.py; files that are written: training/loop/checkpoints.py.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from core.errors import UserError
from network.layers import channels_last
from training.evaluation.validation import VALIDATION_SEED, Validation, watch_photos
from training.loop import checkpoints
from training.loop.config import TrainConfig, parse_config
from training.loop.ema import EMA
from training.loop.encoders import load_encoder
from training.loop.losses import LossWeights, Objective
from training.loop.model_setup import build_model, build_optimizer, init_weights
from training.loop.monitor import Monitor
from training.loop.reduction import average_gradients
from training.loop.schedule import Progress, learning_rate
from training.loop.sources import build_source
from training.loop.step_profile import StepProfile

RANK_STRIDE = 1_000_003  # between the studio seeds of two processes


class TrainingDiverged(UserError):
    """The loss is no longer a number; the checkpoints on disk are from before."""


class Trainer:
    """One run: everything that has state, and the loop over it."""

    def __init__(
        self, config: TrainConfig, make_source: Callable = build_source, began: float | None = None
    ):
        self.config = config
        self.output = Path(config.output)
        self.progress = Progress(config.steps, config.minutes, config.minutes_total, began)
        # autocast is the Objective's own affair, so that losses stay in float32
        self.accelerator = Accelerator(
            mixed_precision="no",
            gradient_accumulation_steps=config.accumulate,
        )
        self.device = self.accelerator.device
        if self.accelerator.is_main_process:
            checkpoints.clear_output(self.output, config.resume, config.overwrite)
        set_seed(config.seed)
        self._build_network()
        self.seed = config.seed + RANK_STRIDE * self.accelerator.process_index
        self.monitor = Monitor(
            self.output, self.device, self.objective.names, self.accelerator.is_main_process
        )
        self.validation = None
        if self.accelerator.is_main_process:
            held_out = make_source(config, self.device, VALIDATION_SEED, held_out=True)
            self.validation = Validation(held_out, config.val_pictures, config.batch_size)
            del held_out  # before the next studio takes its memory
        self.source = make_source(config, self.device, self.seed)
        self.bad_step = torch.full((), -1, device=self.device)
        self.judged_step = -1
        self.photos_at = time.monotonic()
        if config.resume:
            self._resume()

    def _build_network(self) -> None:
        config, cuda = self.config, self.device.type == "cuda"
        if cuda:
            torch.set_float32_matmul_precision("high")
            torch.backends.cudnn.benchmark = True
        model = build_model(config)
        if config.init:
            for line in init_weights(model, config.init):
                self.accelerator.print(f"--init: {line}")
        if config.encoder_weights:
            load_encoder(model, config.encoder_weights)
        channels_last(model.to(self.device))
        base = LossWeights.classic() if config.decoder == "fc" else LossWeights()
        bf16 = config.precision == "bf16" or (config.precision == "auto" and cuda)
        self.objective = Objective(model, replace(base, **config.overrides("losses")), bf16)
        self.ema = EMA(model, config.ema)
        # a model prepared for evaluation is not wrapped in DDP
        self.forward = self.accelerator.prepare_model(self.objective, evaluation_mode=config.graphs)
        self.optimizer = self.accelerator.prepare_optimizer(build_optimizer(config, model))
        self.accelerator.register_for_checkpointing(self.progress, self.ema)
        if config.compile == "on" or (config.compile == "auto" and cuda):
            # one graph on many GPUs too; 60 MB of gradients need no overlap with the backward pass
            torch._dynamo.config.optimize_ddp = False
            # CUDA graphs: 900 launches of a step become two. Gradients then lie where the next
            # backward pass writes, so that they cannot be added up
            alone = self.accelerator.num_processes == 1 or config.graphs
            graphs = cuda and config.accumulate == 1 and alone
            self.objective.compile(dynamic=False, mode="reduce-overhead" if graphs else None)

    def _resume(self) -> None:
        folder = checkpoints.resume(self.accelerator, self.output)
        begun = f"resumed from {folder}" if folder else f"{self.output} holds no state yet"
        self.accelerator.print(f"{begun}: step {self.progress.step}")

    def train(self) -> dict:
        """Runs to the end of the schedule or of this call's time; the last validation figures."""
        config, progress = self.config, self.progress
        self.forward.train()
        self.monitor.start(progress.step)
        first = config.profile if self.accelerator.is_main_process else 0
        profile = StepProfile(self.output / "profile.txt", first)
        figures = {}
        while True:
            progress.read_clock(self.device, self.accelerator.num_processes)
            if progress.call_is_over:
                break
            self._step()
            profile.step()
            if progress.step % config.log_every == 0:
                self._check_finite()
                self.monitor.log(progress, self._pictures_a_step(), self._rate())
            if progress.step % config.val_every == 0:
                figures = self._judge()
        profile.close()
        if self.judged_step != progress.step:
            figures = self._judge(last=True)
        return self._finish(figures)

    def _step(self) -> None:
        """One optimizer step; nothing in here waits for the GPU."""
        config, monitor = self.config, self.monitor
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate() * group["rate"]
        for i in range(config.accumulate):
            with self.accelerator.accumulate(self.forward):
                monitor.mark("studio")
                batch = self.source.batch(
                    self.progress.step * config.accumulate + i, config.batch_size
                )
                monitor.mark("step")
                loss, parts = self.forward(*batch_tensors(batch))
                self.accelerator.backward(loss)
                norm = self._clip()
                self.optimizer.step()
                self.optimizer.zero_grad()
                monitor.mark(None)
        self.progress.step += 1
        self.ema.update(self.progress.step)
        healthy = torch.isfinite(loss.detach()) & torch.isfinite(norm)
        first = (self.bad_step < 0) & ~healthy
        self.bad_step = torch.where(first, self.progress.step, self.bad_step)
        monitor.add(loss.detach(), parts, norm)

    def _clip(self) -> torch.Tensor:
        """The norm of the gradient, averaged and cut to the limit once all micro-batches are in."""
        if not self.accelerator.sync_gradients:
            return torch.zeros((), device=self.device)
        if self.config.graphs:
            average_gradients(self.forward.parameters(), self.accelerator.num_processes)
        limit = self.config.clip or float("inf")
        return self.accelerator.clip_grad_norm_(self.forward.parameters(), limit)

    def _rate(self) -> float:
        c = self.config
        return learning_rate(c.lr, self.progress, c.warmup, c.final_lr, c.schedule)

    def _pictures_a_step(self) -> int:
        c = self.config
        return c.batch_size * c.accumulate * self.accelerator.num_processes

    def _check_finite(self) -> None:
        bad = int(self.bad_step)
        if bad >= 0:
            raise TrainingDiverged(
                f"The loss or its gradient is not finite at step {bad} (studio seed {self.seed}, "
                f"batch {(bad - 1) * self.config.accumulate}); the checkpoints in {self.output} "
                "are from before. Lower --lr, or look at that batch."
            )

    def _judge(self, last: bool = False) -> dict:
        """Validates, then writes last, best and the state; the figures on the main process."""
        self._check_finite()
        self.judged_step = self.progress.step
        figures = {}
        if self.accelerator.is_main_process:
            with self.monitor.paused():
                figures = self._measure(last)
                self._save_models(figures)
        with self.monitor.paused():
            checkpoints.save_state(self.accelerator, self.output, self.progress.step)
        return figures

    def _measure(self, last: bool) -> dict:
        model, step = self.ema.model, self.progress.step
        figures = self.validation(model)
        self.monitor.figures("validation", figures, step)
        self.monitor.picture("validation", lambda: self.validation.picture(model), step)
        due = time.monotonic() - self.photos_at >= 60 * self.config.photo_minutes
        if self.config.val_data and (due or last or self.progress.complete):
            photos = watch_photos(model, self.config.val_data)
            self.photos_at = time.monotonic()
            self.monitor.figures("photos", photos, step)
            figures |= {f"photos_{name}": value for name, value in photos.items()}
        return figures

    def _save_models(self, figures: dict) -> None:
        pictures = self.progress.step * self._pictures_a_step()
        notes = {"step": self.progress.step, "pictures": pictures, **figures}
        notes |= {"minutes": round(self.progress.state_dict()["seconds"] / 60, 2)}
        notes["settings"] = asdict(self.config)
        checkpoints.save_model(self.ema.model, self.output / "last", notes)
        # >=: a killed run that comes here again completes what the kill may have cut short
        judged = "cad_iou" if self.config.val_cad else "iou"  # held-out models choose
        if figures[judged] >= checkpoints.best_figure(self.output, judged):
            checkpoints.save_model(self.ema.model, self.output / "best", notes)

    def _finish(self, figures: dict) -> dict:
        if self.accelerator.is_main_process and self.config.half:
            checkpoints.export_half(self.output / "best", self.output / "half")
        self.monitor.close()
        state = "complete" if self.progress.complete else "paused: call again with --resume"
        minutes = self.progress.seconds / 60
        self.accelerator.print(f"step {self.progress.step}, {minutes:.1f} minutes, {state}")
        self.accelerator.end_training()
        return figures


def batch_tensors(batch) -> tuple[torch.Tensor, ...]:
    """A Batch as the positional arguments of Objective."""
    names = "image mask occupancy colors surface category azimuth elevation coordinates"
    return tuple(getattr(batch, name) for name in names.split())


def process_start() -> float:
    """time.monotonic() at which this process began: importing torch is part of `--minutes`."""
    return time.monotonic() - (time.time() - psutil.Process().create_time())


def main(argv: Sequence[str] | None = None) -> int:
    try:
        Trainer(parse_config(__doc__, argv), began=process_start()).train()
    except (TrainingDiverged, ValueError) as error:  # ours are ValueErrors: one sentence each
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
