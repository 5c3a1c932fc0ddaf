"""Sessions: the models of one visitor and the files in its folder."""
