"""The design of a network, as `config.json` describes it.

    config = VoxelConfig(resolution=64, refined=16)

A config may come from an untrusted source: every value is checked, and an error names the field.
"""

from dataclasses import dataclass, fields
from numbers import Integral, Real
from reprlib import repr as short_repr  # an untrusted value may be megabytes long
from typing import Any, get_args, get_origin

from core.categories import CATEGORIES
from core.errors import ModelError

ENCODERS = ("resnet18", "efficientnet_lite2")
SUMMARY_WIDTH = 256  # channels of the vector that category and camera are predicted from
MAX_RESOLUTION = 128  # cells a side; the fully connected decoder would have 4 * 10^9 weights here
MAX_COUNT = 1024  # limit of every other integer and of the number of categories
MAX_CONSTANT = 1000.0  # of calibration: far above any that is fitted, and finite times a logit
MAX_WEIGHT = 1e6  # of familiarity
# json and numpy give more number types than the annotations of the fields name
NUMBER_TYPES = {int: Integral, float: Real}


@dataclass
class VoxelConfig:
    """Design of a network and constants for decoding its outputs; the defaults are those shipped.

    Raises
    ------
    ModelError
        If a value has the wrong type or is out of range.
    """

    resolution: int = 32  # cells a side, a multiple of 16
    decoder: str = "attention"  # or "fc", the classic fully connected design: occupancy only
    encoder: str = (
        "resnet18"  # or "efficientnet_lite2": better features with a third of the weights
    )
    threshold: float = 0.5  # minimum probability of a solid cell; chosen on validation photos
    categories: tuple[str, ...] = CATEGORIES
    image_size: int = 224  # pixels a side; ResNet18 was designed for 224
    width: int = 256  # channels of a query token
    depth: int = 3  # attention blocks
    heads: int = 4  # 64 channels a head take a quarter less time on a CPU than 32
    self_every: int = 2  # each block of this number has self-attention; 0: no block has it
    overview: int = 0  # blocks of a removed design; files of the shipped design have 0 here
    refined: int = 32  # channels of the 16x16x16 grid between queries and cells
    fine: bool = True  # the memory tokens include the stride-8 map, which shows thin parts
    mask_patch: int = 4  # mask values a side in each stride-16 token: 4 keep the whole mask
    posed: bool = True  # queries receive their positions in the predicted camera's axes
    coordinates: bool = False  # a head predicts object coordinates, which the decoder receives
    placed: bool = False  # the decoder receives the place of the crop in the photo
    descriptor: int = 0  # values that tell which piece of a bank a photo shows; 0: no head
    objects: bool = False  # a head finds all pieces of furniture in a photo
    second_look: bool = False  # of this head: the features in each found box correct it
    crop_margin: float = 0.08  # added on each side of the box, as a share of its longer side
    # scale and shift that calibrate the occupancy logits; training.calibrate fits them
    calibration: tuple[float, float] = (1.0, 0.0)
    agreement: float = 1.0  # measured IoU over expected IoU on generated scenes
    # SUMMARY_WIDTH weights and an offset; the result is below 0 for photos unlike furniture.
    # () gives no warning.
    familiarity: tuple[float, ...] = ()

    def __post_init__(self):
        """Check all values; lists become tuples."""
        for name in ("categories", "calibration", "familiarity"):  # json has lists only
            if isinstance(getattr(self, name), list):
                setattr(self, name, tuple(getattr(self, name)))
        self._check_types()
        self._check_decoding()
        self._check_design()
        self._check_sizes()

    def _check_design(self) -> None:
        """Check the parts that the network is built from."""
        if self.decoder not in ("attention", "fc"):
            raise ModelError(f'decoder is "{self.decoder}"; use "attention" or "fc".')
        if self.encoder not in ENCODERS:
            raise ModelError(f"encoder is {short_repr(self.encoder)}; use {' or '.join(ENCODERS)}.")
        if self.coordinates and self.decoder == "fc":
            raise ModelError('coordinates need decoder "attention".')
        if self.placed and self.decoder == "fc":
            raise ModelError('placed needs decoder "attention".')
        if (self.descriptor or self.objects) and self.decoder == "fc":
            raise ModelError('descriptor and objects need decoder "attention".')
        if self.second_look and not self.objects:
            raise ModelError("second_look needs objects.")
        if self.overview:
            raise ModelError(
                f"overview is {self.overview}, a design that is no longer supported; use 0."
            )

    def _check_sizes(self) -> None:
        """Check the sizes of grid, image and tokens."""
        if not 8 <= self.resolution <= MAX_RESOLUTION:
            raise ModelError(f"resolution {self.resolution} is outside 8 to {MAX_RESOLUTION}.")
        if self.decoder == "attention" and self.resolution % 16:
            raise ModelError(f"resolution {self.resolution} is not a multiple of 16.")
        if self.image_size % 32 or not self.image_size:
            raise ModelError(f"image_size {self.image_size} is not a multiple of 32.")
        if not self.heads or self.width % self.heads or not self.width:
            raise ModelError(f"width {self.width} is not a multiple of {self.heads} heads.")

    def _check_decoding(self) -> None:
        """Check the constants that turn logits into a prediction."""
        if not (0 < self.threshold < 1 and 0 <= self.crop_margin <= 1):  # False for NaN too
            raise ModelError("threshold and crop_margin must be shares between 0 and 1.")
        if not 0 < self.agreement <= MAX_COUNT:
            raise ModelError(f"agreement is {self.agreement}, not a share above 0.")
        if len(self.calibration) != 2 or not (
            1 / MAX_CONSTANT <= self.calibration[0] <= MAX_CONSTANT
            and abs(self.calibration[1]) <= MAX_CONSTANT
        ):
            raise ModelError(
                f"calibration is {short_repr(self.calibration)}; give a scale above 0 and a shift, "
                f"both at most {MAX_CONSTANT:g}."
            )
        if len(self.familiarity) not in (0, SUMMARY_WIDTH + 1):
            raise ModelError(
                f"familiarity has {len(self.familiarity)} numbers, not {SUMMARY_WIDTH + 1}."
            )
        if not all(abs(number) <= MAX_WEIGHT for number in self.familiarity):  # False for NaN too
            raise ModelError(f"familiarity has a number above {MAX_WEIGHT:g}; correct the config.")

    def _check_types(self) -> None:
        """Check the type of each field, and the range of each integer."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not _has_type(value, field.type):
                raise ModelError(f"{field.name} is {short_repr(value)}; correct the config.")
            if field.type is int and not 0 <= value <= MAX_COUNT:
                raise ModelError(f"{field.name} {short_repr(value)} is outside 0 to {MAX_COUNT}.")
        if not 0 < len(set(self.categories)) == len(self.categories) <= MAX_COUNT:
            raise ModelError(f"categories must be 1 to {MAX_COUNT} different names.")


def _has_type(value: Any, annotation: Any) -> bool:
    """True if the value has the annotated type; a bool is not a number here."""
    if get_origin(annotation) is tuple:
        item = get_args(annotation)[0]
        item = NUMBER_TYPES.get(item, item)
        return isinstance(value, tuple) and all(isinstance(v, item) for v in value)
    if annotation is bool:
        return isinstance(value, bool)
    return isinstance(value, NUMBER_TYPES.get(annotation, annotation)) and not isinstance(
        value, bool
    )
