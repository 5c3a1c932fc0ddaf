"""Renders the example pictures of the page."""

import sys

from training.studio.scenes.examples import main

if __name__ == "__main__":
    sys.exit(main())
