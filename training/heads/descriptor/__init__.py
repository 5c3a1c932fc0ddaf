"""The descriptor head: its training with the encoder of pieces, and a check of both."""
