"""Renders the model card from a checkpoint and its evaluation."""

import sys

from training.publishing.model_card import main

if __name__ == "__main__":
    sys.exit(main())
