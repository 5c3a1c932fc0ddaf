"""What a network is built from: what stands in `config.json`, which a stranger may have written."""

from dataclasses import dataclass, fields
from numbers import Integral, Real
from reprlib import repr as brief  # a stranger's value may be megabytes long
from typing import get_args, get_origin

from core.categories import CATEGORIES
from core.errors import ModelError

ENCODERS = ("resnet18", "efficientnet_lite2")
SUMMARY_WIDTH = 256  # numbers from which category and camera are read
MAX_RESOLUTION = 128  # a config that asks for more is a mistake or an attack
MAX_COUNT = 1024  # of anything else that a config counts, for the same reason
# what json and numpy give for the annotations below
NUMBER_TYPES = {int: Integral, float: Real}


@dataclass
class VoxelConfig:
    resolution: int = 32  # cells a side, a multiple of 16
    decoder: str = "attention"  # or "fc", the classic fully connected design: occupancy only
    encoder: str = "resnet18"  # or "efficientnet_lite2": better features at a third of the weights
    threshold: float = 0.5  # probability from which a cell is solid; chosen on validation photos
    categories: tuple[str, ...] = CATEGORIES
    image_size: int = 224  # ResNet18's own input
    width: int = 256  # channels of a query token
    depth: int = 4  # attention blocks
    heads: int = 8  # width / heads of 64 takes a quarter less time on a CPU than 32
    self_every: int = 2  # every so many blocks the queries see each other; 0 for never
    overview: int = 0  # blocks on 4x4x4 queries first: the whole cheaply, then the 8x8x8 details
    refined: int = 32  # channels of the 16x16x16 grid between queries and cells
    fine: bool = False  # the stride-8 map joins the picture's tokens: thin parts end there
    mask_patch: int = 1  # values a side of the mask in each token: 4 keep it whole, 1 its mean
    posed: bool = False  # queries know where they are as seen from the predicted camera
    coordinates: bool = False  # a head tells each pixel's place in the object, fed back as features
    crop_margin: float = 0.08  # added on each side of the box, share of its longer side
    # scale and shift of the occupancy logits that make probabilities true; by training.calibrate
    calibration: tuple[float, float] = (1.0, 0.0)
    agreement: float = 1.0  # share of the IoU to be expected that came true on generated scenes
    # weights of the summary and an offset, below 0 for pictures unlike furniture; () never warns
    familiarity: tuple[float, ...] = ()

    def __post_init__(self):
        for name in ("categories", "calibration", "familiarity"):  # json has no tuples
            if isinstance(getattr(self, name), list):
                setattr(self, name, tuple(getattr(self, name)))
        self._check_types()
        self._check_judgement()
        if self.decoder not in ("attention", "fc"):
            raise ModelError(f'decoder is "{self.decoder}"; use "attention" or "fc".')
        if self.encoder not in ENCODERS:
            raise ModelError(f"encoder is {brief(self.encoder)}; use {' or '.join(ENCODERS)}.")
        if self.coordinates and self.decoder == "fc":
            raise ModelError('coordinates need decoder "attention".')
        if not 8 <= self.resolution <= MAX_RESOLUTION:
            raise ModelError(f"resolution {self.resolution} is outside 8 to {MAX_RESOLUTION}.")
        if self.decoder == "attention" and self.resolution % 16:
            raise ModelError(f"resolution {self.resolution} is not a multiple of 16.")
        if self.image_size % 32 or not self.image_size:
            raise ModelError(f"image_size {self.image_size} is not a multiple of 32.")
        if not self.heads or self.width % self.heads or not self.width:
            raise ModelError(f"width {self.width} is not a multiple of {self.heads} heads.")

    def _check_judgement(self):
        if not (0 < self.threshold < 1 and 0 <= self.crop_margin <= 1):  # NaN ends here too
            raise ModelError("threshold and crop_margin must be shares between 0 and 1.")
        if not 0 < self.agreement <= MAX_COUNT:
            raise ModelError(f"agreement is {self.agreement}, not a share above 0.")
        if len(self.calibration) != 2 or not self.calibration[0] > 0:
            raise ModelError(f"calibration {self.calibration} is not a scale above 0 and a shift.")
        if len(self.familiarity) not in (0, SUMMARY_WIDTH + 1):
            raise ModelError(
                f"familiarity has {len(self.familiarity)} numbers, not {SUMMARY_WIDTH + 1}."
            )

    def _check_types(self):
        """A config comes from a stranger as much as the weights do."""
        for field in fields(self):
            value, kind = getattr(self, field.name), field.type
            if get_origin(kind) is tuple:
                inner = NUMBER_TYPES.get(get_args(kind)[0], get_args(kind)[0])
                right = isinstance(value, tuple) and all(isinstance(v, inner) for v in value)
            else:
                kind = NUMBER_TYPES.get(kind, kind)
                right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
            if not right:
                raise ModelError(f"{field.name} is {brief(value)}; correct the config.")
            if kind is Integral and not 0 <= value <= MAX_COUNT:
                raise ModelError(f"{field.name} {brief(value)} is outside 0 to {MAX_COUNT}.")
        if not 0 < len(set(self.categories)) == len(self.categories) <= MAX_COUNT:
            raise ModelError(f"categories must be 1 to {MAX_COUNT} different names.")
