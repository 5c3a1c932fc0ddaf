"""Packs CAD models into the one file that the studio reads."""

import sys

from training.studio.shapes.cad_packing import main

if __name__ == "__main__":
    sys.exit(main())
