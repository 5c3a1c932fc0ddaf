"""Everything that makes, measures and publishes the model.

Every module of this folder is a command, run as `python -m training.<command>`; the folders hold
the library behind them. `training/README.md` lists the commands. The application imports nothing
from here.
"""
