"""The steps from a photograph to model files, shared by the page and the command line.

detection and orientation predict, result holds the prediction, settings and formats say how it is
exported, export writes files. Importing this package alone loads no other module.
"""
