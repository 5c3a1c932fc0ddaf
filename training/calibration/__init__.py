"""Calibration of the probabilities, and the warning about pictures without furniture."""
