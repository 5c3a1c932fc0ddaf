"""Writes a contact sheet of the crops that training reads from Pix3D."""

import sys

from training.pix3d.photo_batches import main

if __name__ == "__main__":
    sys.exit(main())
