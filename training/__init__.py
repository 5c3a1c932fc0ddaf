"""Everything that makes, measures and publishes the model.

The modules of this folder are commands, run as `python -m training.<command>`; the folders hold
the library behind them. `training/README.md` lists the commands. The application imports nothing
from here.
"""
