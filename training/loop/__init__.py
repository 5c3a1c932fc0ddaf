"""Parts of a training run: settings, model set-up, losses, schedule, checkpoints."""
