"""Config of a batch run: formats, settings, output folder."""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import voxel_model
from batch.paths import absolute_address
from core.proxies import repair_proxy_settings
from pipeline.formats import PRINT_FORMATS, ZIP_FORMAT
from pipeline.parts.bank import FILE_NAME, find_bank
from pipeline.settings import DEFAULT_EXPORT, PARTS, ExportOptions, Settings


@dataclass(frozen=True)
class BatchConfig:
    """Settings of a batch run: surface, formats, output folder and weights."""

    settings: Settings
    formats: tuple[str, ...]  # from pipeline.formats.FORMATS, or "zip"
    out: str  # address of the output folder
    threshold: float  # the model's threshold, see pipeline.result.Result
    options: ExportOptions = DEFAULT_EXPORT
    model: str = "checkpoint"  # source of the weights
    bank: str = ""  # file of the bank of pieces, for the style "parts"; "" is none
    parameters: tuple[tuple[str, bool | float | str], ...] = ()  # of parts, see pipeline.parts
    max_file_bytes: int | None = None  # of a photo; None: images.untrusted.max_file_bytes
    all_pieces: bool = False  # a model of each piece of a photo, and the scene

    @property
    def made_with(self) -> str:
        """Weights and settings as text, for the manifest.

        A changed text makes each photo of an existing manifest convert again.
        """
        s, f = self.settings, self.options
        crumbs = "without crumbs" if s.drop_crumbs else "with crumbs"
        made = f"{self.model}, threshold {s.threshold:g}, {s.style}, {crumbs}, colors {s.colors}"
        made += f", palette {f.palette}" if f.palette else ""
        made += f", faces {f.faces}" if f.faces else ""
        made += "".join(f", {name} {value}" for name, value in self.parameters)
        made += ", all pieces" if self.all_pieces else ""
        if {*PRINT_FORMATS, ZIP_FORMAT} & set(self.formats):
            size = f"{f.stl_height:g} mm" if f.stl_height else f"longest side {f.stl_size:g} mm"
            made += f", {size}" + (", printable" if f.printable else "")
        return made


def load_model_and_config(
    args: argparse.Namespace, out: str
) -> tuple[voxel_model.VoxelModel, BatchConfig]:
    """Load the model and make the config that the arguments ask for.

    Parameters
    ----------
    args : argparse.Namespace
        Parsed arguments.
    out : str
        Address of the output folder.

    Returns
    -------
    model : VoxelModel
        The model.
    config : BatchConfig
        How each photo becomes files.

    Raises
    ------
    UserError
        If the model cannot be loaded or a setting is not allowed.
    """
    for message in repair_proxy_settings():  # the Hub's client would not start
        print(message, file=sys.stderr)
    options = ExportOptions(
        args.stl_height, not args.raw_stl, args.palette, args.faces, args.stl_size
    )
    model = voxel_model.load_model(args.model, args.device)
    model_threshold = model.config.threshold
    threshold = model_threshold if args.threshold is None else args.threshold
    source = args.model or os.environ.get("MODEL_REPO_ID")
    config = BatchConfig(
        settings=Settings(threshold, args.style, not args.keep_crumbs, args.colors),
        formats=args.formats,
        out=absolute_address(out),
        threshold=model_threshold,
        options=options,
        model=str(source or "checkpoint"),
        bank=_bank_file(source, model) if args.style == PARTS else "",
        parameters=tuple(args.set),
        max_file_bytes=args.largest,
        all_pieces=args.all,
    )
    return model, config


def _bank_file(source: str | None, model: voxel_model.VoxelModel) -> str:
    """Return the checked bank of pieces beside the weights; "" where there is none."""
    folder = Path(source or voxel_model.EMBEDDED_CHECKPOINT)
    if find_bank(folder, model) is None:
        print("These weights have no bank of pieces; the models are smooth.", file=sys.stderr)
        return ""
    return str((folder / FILE_NAME).absolute())
