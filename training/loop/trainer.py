"""The training loop: steps, validation, checkpoints.

figures = Trainer(TrainConfig(minutes=9.0, output="runs/a")).train()
"""

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from core.errors import UserError
from network.layers import channels_last
from training.data.batches import BatchSource
from training.evaluation.validation import VALIDATION_SEED, Validation, watch_photos
from training.loop import checkpoints
from training.loop.config import TrainConfig
from training.loop.encoders import load_encoder
from training.loop.model_setup import build_model, build_optimizer, init_weights
from training.loop.monitor import Monitor
from training.loop.objective import LossWeights, Objective, batch_tensors
from training.loop.reduction import average_gradients
from training.loop.schedule import Progress, learning_rate
from training.loop.sources import build_source, validation_records
from training.loop.step_profile import StepProfile
from training.loop.weight_averages import EMA

RANK_STRIDE = 1_000_003  # difference of the studio seeds of two processes


class TrainingDiverged(UserError):
    """The loss is not finite; the checkpoints on disk are earlier than that step."""


class Trainer:
    """One training run: its state and its loop.

    Parameters
    ----------
    config : TrainConfig
        Settings of the run.
    make_source : callable
        Makes the sources of training and validation batches; called as `sources.build_source`.
    start_time : float, optional
        time.monotonic() at the start of the call; the default is now.

    Raises
    ------
    CheckpointError
        If `config.output` cannot be used, or `config.init` or `config.encoder_weights` not be read.
    UserError
        If a setting is wrong.
    """

    def __init__(
        self,
        config: TrainConfig,
        make_source: Callable[..., BatchSource] = build_source,
        start_time: float | None = None,
    ):
        self.config = config
        self.output = Path(config.output)
        self.progress = Progress(config.steps, config.minutes, config.minutes_total, start_time)
        # Objective applies autocast to the network only; the losses stay in float32
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
            del held_out  # frees its memory before the next studio is made
        self.source = make_source(config, self.device, self.seed)
        self.bad_step = torch.full((), -1, device=self.device)
        self.validated_step = -1
        self.photos_time = time.monotonic()
        if config.resume:
            self._resume()

    def _build_network(self) -> None:
        """Makes the network, its averaged copy, the objective and the optimizer."""
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
        # evaluation_mode: not wrapped in DDP
        self.forward = self.accelerator.prepare_model(self.objective, evaluation_mode=config.graphs)
        self.optimizer = self.accelerator.prepare_optimizer(build_optimizer(config, model))
        self.accelerator.register_for_checkpointing(self.progress, self.ema)
        if config.compile == "on" or (config.compile == "auto" and cuda):
            self._compile(cuda)

    def _compile(self, cuda: bool) -> None:
        """Compiles the objective, with CUDA graphs if possible: 2 instead of 900 launches a step.

        Each backward pass writes the gradients to the same memory, so CUDA graphs do not work with
        accumulation, nor with the hooks of DDP.
        """
        # one graph also under DDP: the all-reduce of 60 MB needs no overlap with the backward pass
        torch._dynamo.config.optimize_ddp = False
        without_ddp = self.accelerator.num_processes == 1 or self.config.graphs
        graphs = cuda and self.config.accumulate == 1 and without_ddp
        self.objective.compile(dynamic=False, mode="reduce-overhead" if graphs else None)

    def _resume(self) -> None:
        """Loads the newest state, if there is one."""
        folder = checkpoints.resume(self.accelerator, self.output)
        message = f"resumed from {folder}" if folder else f"{self.output} holds no state yet"
        self.accelerator.print(f"{message}: step {self.progress.step}")

    def train(self) -> dict[str, float]:
        """Trains to the end of the schedule or of this call's time.

        Returns
        -------
        dict of float
            The figures of the last validation; empty in all processes but the first.

        Raises
        ------
        TrainingDiverged
            If the loss or its gradient is not finite.
        CheckpointError
            If a checkpoint cannot be written.
        """
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
                figures = self._validate()
        profile.close()
        if self.validated_step != progress.step:
            figures = self._validate(last=True)
        return self._finish(figures)

    def _step(self) -> None:
        """Makes one optimizer step; does not wait for the GPU."""
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
        """Averages and clips the gradient after the last micro-batch; returns its norm."""
        if not self.accelerator.sync_gradients:
            return torch.zeros((), device=self.device)
        if self.config.graphs:
            average_gradients(self.forward.parameters(), self.accelerator.num_processes)
        limit = self.config.clip or float("inf")
        return self.accelerator.clip_grad_norm_(self.forward.parameters(), limit)

    def _rate(self) -> float:
        """Returns the learning rate of the next step."""
        c = self.config
        return learning_rate(c.lr, self.progress, c.warmup, c.final_lr, c.schedule)

    def _pictures_a_step(self) -> int:
        """Returns the number of samples of one step in all processes."""
        c = self.config
        return c.batch_size * c.accumulate * self.accelerator.num_processes

    def _check_finite(self) -> None:
        """Raises TrainingDiverged if a step had a loss or gradient that is not finite."""
        bad = int(self.bad_step)
        if bad >= 0:
            raise TrainingDiverged(
                f"The loss or its gradient is not finite at step {bad} (studio seed {self.seed}, "
                f"batch {(bad - 1) * self.config.accumulate}); the checkpoints in {self.output} "
                "are of earlier steps; lower --lr, or inspect that batch."
            )

    def _validate(self, last: bool = False) -> dict[str, float]:
        """Validates, writes last, best and the state; returns the figures in the first process."""
        self._check_finite()
        self.validated_step = self.progress.step
        figures = {}
        if self.accelerator.is_main_process:
            with self.monitor.paused():
                figures = self._measure(last)
                self._save_models(figures)
        with self.monitor.paused():
            checkpoints.save_state(self.accelerator, self.output, self.progress.step)
        return figures

    def _measure(self, last: bool) -> dict[str, float]:
        """Returns the figures of the averaged weights; on photos too if they are due."""
        model, step = self.ema.model, self.progress.step
        figures = self.validation(model)
        self.monitor.figures("validation", figures, step)
        self.monitor.picture("validation", lambda: self.validation.picture(model), step)
        due = time.monotonic() - self.photos_time >= 60 * self.config.photo_minutes
        if self.config.val_data and (due or last or self.progress.complete):
            photos = watch_photos(
                model, self.config.val_data, records=validation_records(self.config)
            )
            self.photos_time = time.monotonic()
            self.monitor.figures("photos", photos, step)
            figures |= {f"photos_{name}": value for name, value in photos.items()}
        return figures

    def _save_models(self, figures: dict[str, float]) -> None:
        """Writes `last`, and `best` if the figures are the best so far."""
        pictures = self.progress.step * self._pictures_a_step()
        notes = {"step": self.progress.step, "pictures": pictures, **figures}
        notes |= {"minutes": round(self.progress.state_dict()["seconds"] / 60, 2)}
        notes["settings"] = asdict(self.config)
        checkpoints.save_model(self.ema.model, self.output / "last", notes)
        criterion = "cad_iou" if self.config.val_cad else "iou"
        # >=: a resumed run writes `best` again, as a kill may have interrupted the first write
        if figures[criterion] >= checkpoints.best_figure(self.output, criterion):
            checkpoints.save_model(self.ema.model, self.output / "best", notes)

    def _finish(self, figures: dict[str, float]) -> dict[str, float]:
        """Writes `half`, closes the logs and prints the last line."""
        if self.accelerator.is_main_process and self.config.half:
            checkpoints.export_half(self.output / "best", self.output / "half")
        self.monitor.close()
        state = "complete" if self.progress.complete else "paused: call again with --resume"
        minutes = self.progress.seconds / 60
        self.accelerator.print(f"step {self.progress.step}, {minutes:.1f} minutes, {state}")
        self.accelerator.end_training()
        return figures
