"""Makes the files of a result: `builder` writes every format, `printing` what a printer needs.

`facts` holds the figures about a model that the page and the API show.
"""
