"""Config of a batch run: formats, settings, output folder."""

from dataclasses import dataclass

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
    bank: str = ""  # file of the bank of pieces, for the style "parts"; "" is none
    parameters: tuple[tuple[str, bool | float | str], ...] = ()  # of parts, see pipeline.parts

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
        if {"stl", "zip"} & set(self.formats):
            made += f", {f.stl_height:g} mm" + (", printable" if f.printable else "")
        return made
