"""Puts trained heads into a checkpoint, and the descriptors of all pieces into its bank.

    python -m training.add_heads --checkpoint checkpoint --out runs/with_heads \
        --heads runs/descriptor/descriptor.safetensors runs/objects/objects.safetensors

Writes config.json, model.safetensors (float16), training.json and, if there is a bank, pieces.npz
for the new weights. The heads must have been trained on these weights.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from core.errors import UserError
from pipeline.parts.bank import FILE_NAME, PieceBank, weights_id
from pipeline.parts.codes import DescriptorTable
from training.console.command_line import argument_parser
from training.heads.descriptor.piece_encoder import PieceEncoder
from training.heads.trunk import add_heads
from training.loop.checkpoints import save_model
from training.loop.weight_averages import read_notes
from voxel_model import load_model

BATCH = 256  # grids that are encoded at once
ENCODER = "piece_encoder."


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("add_heads", __doc__)
    add = parser.add_argument
    add("--checkpoint", default="checkpoint", help="folder of the weights that were frozen")
    add("--heads", nargs="+", required=True, help="files of training.describe, training.find")
    add("--bank", help="bank of pieces (default: pieces.npz in the checkpoint's folder)")
    add("--gain", type=float, help="overlap for a unit of scalar product (default: the run's)")
    add("--out", required=True, help="folder of the new checkpoint")
    return parser.parse_args(argv)


def describe_pieces(bank: PieceBank, encoder: PieceEncoder) -> np.ndarray:
    """Returns the descriptors (N, K) float32 of all pieces of a bank."""
    rows = []
    for start in tqdm(range(0, len(bank), BATCH), disable=None):
        grids = bank.grids.read(range(start, min(start + BATCH, len(bank))))
        with torch.inference_mode():
            rows.append(encoder(torch.from_numpy(grids)).numpy())
    return np.concatenate(rows)


def make_bank(source: Path, extra: dict[str, torch.Tensor], gain: float, weights: str) -> PieceBank:
    """Returns a bank for new weights, with descriptors if there is an encoder of pieces.

    Parameters
    ----------
    source : Path
        The bank of the weights without heads.
    extra : dict of Tensor
        Tensors that `add_heads` left over.
    gain : float
        Of DescriptorTable.
    weights : str
        `weights_id` of the new weights.
    """
    bank, table = PieceBank.load(source), None
    state = {k.removeprefix(ENCODER): v for k, v in extra.items() if k.startswith(ENCODER)}
    if state:
        table = DescriptorTable.pack(describe_pieces(bank, PieceEncoder.of(state)), gain)
    return replace(bank, descriptors=table, weights=weights)


def main(argv: Sequence[str] | None = None) -> int:
    """Writes the checkpoint; returns the exit status, 2 after an error of the user."""
    args = parse_args(argv)
    source, out = Path(args.checkpoint), Path(args.out)
    try:
        model, extra, notes = add_heads(source, args.heads)
        earlier = read_notes(source) if source.is_dir() else {}
        save_model(model, out, earlier | {"heads": notes}, half=True)
        bank = Path(args.bank) if args.bank else source / FILE_NAME
        if bank.is_file():
            gain = notes.get("gain", 0.0) if args.gain is None else args.gain
            # of the file: float16 changes the weights
            made = make_bank(bank, extra, gain, weights_id(load_model(out, "cpu")))
            made.save(out / FILE_NAME)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(*(f"{path}: {path.stat().st_size:,} bytes" for path in sorted(out.iterdir())), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
