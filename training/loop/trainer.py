"""The training loop: steps, validation, checkpoints.

figures = Trainer(TrainConfig(minutes=9.0, output="runs/a")).train()
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import torch
from accelerate.utils import set_seed

from core.errors import UserError
from network.layers import channels_last
from training.data.batches import BatchSource
from training.distributed.launch import make_accelerator
from training.distributed.reduction import average_gradients
from training.distributed.states import from_main
from training.evaluation.validation import VALIDATION_SEED
from training.loop import checkpoints
from training.loop.config import TrainConfig
from training.loop.design import base_config, complete_design, describe_start
from training.loop.encoders import load_encoder
from training.loop.model_setup import build_model, build_optimizer, init_weights
from training.loop.objective import LossWeights, Objective, batch_tensors
from training.loop.schedule import Progress, learning_rate
from training.loop.sources import build_source, studio_settings
from training.loop.teachers import Teachers
from training.loop.validator import Validator
from training.loop.weight_averages import EMA
from training.monitoring.monitor import Monitor
from training.monitoring.step_profile import StepProfile
from training.preflight.checks import check_run, loss_weights
from training.preflight.provenance import provenance
from training.preflight.resumed_settings import compare_settings
from voxel_model import VoxelModel

RANK_STRIDE = 1_000_003  # difference of the studio seeds of two processes
WAIT_MINUTES = 20.0  # beside --val-minutes: compilation, generated validation, writing of files


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
        self.output = Path(config.output)
        self.progress = Progress(config.steps, config.minutes, config.minutes_total, start_time)
        # the others wait while the first process validates
        self.accelerator = make_accelerator(config.accumulate, WAIT_MINUTES + config.val_minutes)
        self.device = self.accelerator.device
        self.main = self.accelerator.is_main_process
        newest = checkpoints.newest_state(self.output) if config.resume and self.main else None
        # the first process decides: other machines may not share its disk
        self.base, self.resumes = from_main((base_config(config, newest), newest is not None))
        self.config = config = complete_design(config, self.base)
        cuda = self.device.type == "cuda"
        self.bf16 = config.precision == "bf16" or (config.precision == "auto" and cuda)
        self.compiled = config.compile == "on" or (config.compile == "auto" and cuda)
        set_seed(config.seed)
        model = self._make_model()
        self.teachers = self._make_teachers(model)
        self._check(model, make_source is build_source)
        checkpoints.clear_output(self.accelerator, self.output, config.resume, config.overwrite)
        self._build_network(model)
        self.seed = config.seed + RANK_STRIDE * self.accelerator.process_index
        self.monitor = Monitor(self.output, self.device, self.objective.names, self.main)
        self.validator = None
        if self.main:
            held_out = make_source(config, self.device, VALIDATION_SEED, held_out=True)
            self.validator = Validator(config, held_out, self.monitor)
            del held_out  # frees its memory before the next studio is made
        self.source = make_source(config, self.device, self.seed)
        self.bad_step = torch.full((), -1, device=self.device)
        self.validated_step = -1
        self.provenance = provenance(config, self.accelerator.num_processes, self.device)
        if config.resume:
            self._resume()

    def _make_model(self) -> VoxelModel:
        """Returns the network with the weights that the run starts from."""
        config = self.config
        model = build_model(config, self.base)
        if config.init and not self.resumes:
            lines = describe_start(model.config, self.base) + init_weights(model, config.init)
            for line in lines:
                self.accelerator.print(f"--init: {line}")
        if config.encoder_weights and not self.resumes:
            load_encoder(model, config.encoder_weights)
        if config.encoder_rate == 0:
            model.encoder.requires_grad_(False)
        if model.object_head is not None:  # no loss reaches it, which DDP refuses
            model.object_head.requires_grad_(False)
        return model

    def _make_teachers(self, model: VoxelModel) -> Teachers | None:
        """Loads the teachers of the network, if the settings name any."""
        sources = self.config.teachers
        if not sources:
            return None
        return Teachers(sources, model.config, self.device, self.bf16, self.compiled)

    def _check(self, model: VoxelModel, uses_studio: bool) -> None:
        """Checks what the run needs, and prints it."""
        parameters = sum(parameter.numel() for parameter in model.parameters())
        studio = studio_settings(self.config) if uses_studio else None
        for line in check_run(self.config, self.device, parameters, studio):
            self.accelerator.print(line)
        pictures = f"{self.config.val_pictures} validation pictures"
        self.accelerator.print(f"making shapes and {pictures} on {self.device.type}")

    def _build_network(self, model: VoxelModel) -> None:
        """Makes the averaged copy of the network, the objective and the optimizer."""
        config, cuda = self.config, self.device.type == "cuda"
        if cuda:
            torch.set_float32_matmul_precision("high")
            torch.backends.cudnn.benchmark = True
        channels_last(model.to(self.device))
        base = LossWeights.classic() if config.decoder == "fc" else LossWeights()
        weights = replace(base, **loss_weights(config))
        self.objective = Objective(model, weights, self.bf16, distilled=bool(config.teachers))
        self.ema = EMA(model, config.ema)
        # evaluation_mode: not wrapped in DDP
        self.forward = self.accelerator.prepare_model(self.objective, evaluation_mode=config.graphs)
        self.optimizer = self.accelerator.prepare_optimizer(build_optimizer(config, model))
        self.accelerator.register_for_checkpointing(self.progress, self.ema)
        if self.compiled:
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
        """Loads the newest state, if there is one, and names settings that differ from it."""

        def compare(saved: dict) -> None:
            for line in compare_settings(saved, asdict(self.config)):
                self.accelerator.print(f"--resume: {line}")

        folder = checkpoints.resume(self.accelerator, self.output, compare)
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
        self.monitor.begin(progress.step)
        profile = StepProfile(self.output / "profile.txt", config.profile if self.main else 0)
        figures = {}
        while True:
            progress.read_clock(self.device, self.accelerator.num_processes)
            if progress.call_is_over:
                break
            self._step()
            profile.step()
            if progress.step % config.log_every == 0 or self.monitor.is_due:
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
        total = torch.zeros(1 + len(self.objective.names), device=self.device)
        for i in range(config.accumulate):
            with self.accelerator.accumulate(self.forward):
                monitor.mark("studio")
                batch = self.source.batch(
                    self.progress.step * config.accumulate + i, config.batch_size
                )
                monitor.mark("step")
                targets = batch_tensors(batch)
                if self.teachers:
                    targets += (self.teachers.probabilities(batch.image, batch.place),)
                loss, parts = self.forward(*targets)
                self.accelerator.backward(loss)
                norm = self._clip()
                self.optimizer.step()
                self.optimizer.zero_grad()
                monitor.mark(None)
                # a copy: with CUDA graphs the next forward pass overwrites loss and parts
                total += torch.cat([loss.detach().view(1), parts])
        self.progress.step += 1
        self.ema.update(self.progress.step)
        total /= config.accumulate
        healthy = torch.isfinite(total[0]) & torch.isfinite(norm)
        first = (self.bad_step < 0) & ~healthy
        self.bad_step = torch.where(first, self.progress.step, self.bad_step)
        monitor.add(total, norm)

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
        with self.monitor.paused():
            if self.main:
                figures = self.validator.measure(self.ema.model, self.progress, last)
                self._save_models(figures)
            settings = asdict(self.config)
            checkpoints.save_state(self.accelerator, self.output, self.progress.step, settings)
        return figures

    def _save_models(self, figures: dict[str, float]) -> None:
        """Writes `last`, and `best` if the figures are the best so far."""
        pictures = self.progress.step * self._pictures_a_step()
        notes = {"step": self.progress.step, "pictures": pictures, **figures}
        notes |= {"minutes": round(self.progress.state_dict()["seconds"] / 60, 2)}
        notes["settings"] = asdict(self.config)
        notes["made with"] = self.provenance
        checkpoints.save_model(self.ema.model, self.output / "last", notes)
        criterion = "cad_iou" if self.config.val_cad else "iou"
        # >=: a resumed run writes `best` again, as a kill may have interrupted the first write
        if figures[criterion] >= checkpoints.best_figure(self.output, criterion):
            checkpoints.save_model(self.ema.model, self.output / "best", notes)

    def _finish(self, figures: dict[str, float]) -> dict[str, float]:
        """Writes `half`, closes the logs and prints the last line."""
        if self.main and self.config.half:
            checkpoints.export_half(self.output / "best", self.output / "half")
        self.monitor.close()
        state = "complete" if self.progress.complete else "paused: call again with --resume"
        minutes = self.progress.seconds / 60
        self.accelerator.print(f"step {self.progress.step}, {minutes:.1f} minutes, {state}")
        self.accelerator.end_training()
        return figures
