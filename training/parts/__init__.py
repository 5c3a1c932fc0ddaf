"""How a bank of pieces is made; `training.build_bank` is the command."""
