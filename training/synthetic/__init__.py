"""Old names of the commands of `training/studio/`."""
