"""Config of a batch run: formats, settings, output folder."""

from dataclasses import dataclass

from images.untrusted import MAX_FILE_BYTES
from pipeline.settings import DEFAULT_EXPORT, ExportOptions, Settings


@dataclass(frozen=True)
class BatchConfig:
    """How each photo of a run becomes files."""

    settings: Settings
    formats: tuple[str, ...]  # from pipeline.formats.FORMATS, or "zip"
    out: str  # address of the output folder
    threshold: float  # the model's threshold, see pipeline.result.Result
    options: ExportOptions = DEFAULT_EXPORT
    model: str = "checkpoint"  # source of the weights
    max_file_bytes: int = MAX_FILE_BYTES  # of a photo

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
        if {"stl", "zip"} & set(self.formats):
            size = f"{f.stl_height:g} mm" if f.stl_height else f"longest side {f.stl_size:g} mm"
            made += f", {size}" + (", printable" if f.printable else "")
        return made
