"""The results of a calibration: the printed table and the files in the checkpoint's folder."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

from training.calibration.reliability import plot_reliability
from training.loop.checkpoints import write_json
from voxel_model import VoxelModel


def table(result: dict) -> str:
    """Formats the content of calibration.json as text."""
    lines = ["                       ECE  ECE>=10%  confidence   IoU  Spearman"]
    for state in ("uncalibrated", "calibrated"):
        for name, row in result[state].items():
            lines.append(
                f"{state:13}{name:18} {row['calibration_error']:.4f} "
                f"{row['calibration_error_shown']:.4f} {row['confidence']:.3f} {row['iou']:.3f} "
                f"{row['spearman']:.3f}"
            )
    if "fitted_on_photos" in result:
        row = result["fitted_on_photos"]
        errors = f"{row['calibration_error']:.4f} {row['calibration_error_shown']:.4f}"
        lines.append(f"fitted on photos of other shapes {errors}")
    warning = result["warning"]
    for name, row in warning["false_alarms"].items():
        lines.append(f"warned of {name:20} {row['pictures']:4} {row['share']:.3f}")
    for name, row in warning["caught"].items():
        unseen = warning["caught_of_unseen_kinds"][name]
        lines.append(
            f"caught    {name:20} {row['pictures']:4} {row['share']:.3f}  unseen {unseen:.3f}"
        )
    return "\n".join(lines)


def save(checkpoint: Path, model: VoxelModel, config_changes: dict, result: dict) -> None:
    """Writes config.json, calibration.json and reliability.png into the checkpoint's folder.

    Parameters
    ----------
    checkpoint : Path
        Folder of the weights.
    model : VoxelModel
        Its config is replaced by the changed one.
    config_changes, result : dict
        From `calibrate`.
    """
    model.config = replace(model.config, **config_changes)
    text = json.dumps(asdict(model.config), indent=2)
    # lists of numbers on one line
    text = re.sub(r"\[[^\[\]]*\]", lambda match: " ".join(match[0].split()), text)
    (checkpoint / "config.json").write_text(text + "\n", encoding="utf-8")
    write_json(checkpoint / "calibration.json", result)
    curves = {f"{name}, before": row["bins"] for name, row in result["uncalibrated"].items()}
    curves |= {name: row["bins"] for name, row in result["calibrated"].items()}
    curves = {name: rows for name, rows in curves.items() if "found" not in name}
    plot_reliability(curves, checkpoint / "reliability.png")
