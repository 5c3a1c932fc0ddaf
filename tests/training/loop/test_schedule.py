"""Schedule, settings, weight decay and colour filters of a run."""

import itertools

import pytest
import torch

from tests.training.tiny_training import TINY
from training.data.color_filters import ColorFilteredSource
from training.loop.config import parse_config
from training.loop.model_setup import build_model, parameter_groups
from training.loop.schedule import FIRST_STEPS, RESERVE_SECONDS, Progress, learning_rate
from training.loop.sources import build_source


def test_filtered_pictures_keep_their_exposure_and_have_no_known_colors():
    plain = build_source(parse_config("", ["--dry-run"]), torch.device("cpu"), 0)
    batch, filtered = plain.batch(3, 8), ColorFilteredSource(plain, 0.25, seed=0).batch(3, 8)
    assert torch.equal(filtered.image, ColorFilteredSource(plain, 0.25, seed=0).batch(3, 8).image)
    assert torch.equal(filtered.image[2:], batch.image[2:])
    assert torch.equal(filtered.surface[2:], batch.surface[2:])
    assert not filtered.surface[:2].any() and torch.equal(filtered.occupancy, batch.occupancy)
    change = (filtered.image[:2] - batch.image[:2]).abs().mean(dim=(1, 2, 3))
    assert (change > 1e-3).all()
    means = [pictures[:2].mean(dim=(2, 3)) for pictures in (filtered.image, batch.image)]
    torch.testing.assert_close(*means, atol=0.05, rtol=0)  # clipped at black and white


def test_rate_warms_up_and_ends_on_its_final_share():
    progress = Progress(steps=100)
    rates = []
    for progress.step in range(101):
        rates.append(learning_rate(1.0, progress, 10, 0.01, "cosine"))
    assert rates[0] == pytest.approx(0.1) and max(rates) == pytest.approx(1.0, abs=0.03)
    assert rates[-1] == pytest.approx(0.01)
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))


def test_time_completes_the_schedule_before_the_steps():
    progress = Progress(steps=10**9, minutes=1.0)
    progress.step = 100
    progress.start_time -= 30
    progress.read_clock()
    assert 0.4 < progress.share < 0.6 and not progress.call_is_over
    progress.start_time -= 30
    progress.read_clock()
    assert progress.complete and learning_rate(1.0, progress, 0, 0.01, "cosine") < 0.011


def test_compile_time_does_not_lower_the_rate_and_time_ends_the_run():
    progress = Progress(minutes=10)
    for progress.step, seconds in ((0, 120), (FIRST_STEPS, 80)):
        progress.start_time -= seconds
        progress.read_clock()
        assert progress.share == pytest.approx(0, abs=1e-3)
    progress.step = 500
    progress.start_time -= (600 - RESERVE_SECONDS - 200) / 2
    progress.read_clock()
    assert progress.share == pytest.approx(0.5, abs=0.01)
    resumed = Progress(minutes=10)
    resumed.load_state_dict(progress.state_dict())
    resumed.read_clock()
    assert resumed.share == pytest.approx(progress.share, abs=0.01)
    never = Progress(minutes=10)
    never.start_time -= 600
    never.read_clock()
    assert never.complete and never.call_is_over


def test_calls_of_one_run_are_one_schedule():
    first = Progress(minutes=9, minutes_total=25)
    first.step = 500
    first.start_time -= 9 * 60
    first.read_clock()
    assert first.call_is_over and not first.complete
    second = Progress(minutes=9, minutes_total=25)
    second.load_state_dict(first.state_dict() | {"step": 500})
    second.read_clock()
    assert second.share == pytest.approx(9 / 25, abs=0.02) and not second.call_is_over
    second.start_time -= 16 * 60
    second.read_clock()
    assert second.complete


def test_run_without_an_end_is_refused():
    with pytest.raises(ValueError, match="--steps or --minutes"):
        Progress()


def test_classic_recipe_is_the_classic_design_and_options_override_it():
    config = parse_config("", ["--recipe", "classic", "--batch-size", "32", "--losses", "thin=1"])
    assert (config.decoder, config.optimizer, config.lr) == ("fc", "adam", 1e-4)
    assert config.batch_size == 32 and config.overrides("losses") == {"thin": 1}


def test_norms_biases_and_embeddings_do_not_decay(tmp_path):
    model = build_model(TINY)
    decayed, undecayed = parameter_groups(model, 0.05)
    assert undecayed["weight_decay"] == 0
    undecayed = {id(parameter) for parameter in undecayed["params"]}
    learned = {name: p for name, p in model.named_parameters() if p.requires_grad}
    for name, parameter in learned.items():
        still = name.endswith(("bias", "queries")) or "norm" in name or "position" in name
        assert (id(parameter) in undecayed) == (still or "bn" in name or parameter.ndim < 2), name
    assert len(decayed["params"]) + len(undecayed) == len(learned)
