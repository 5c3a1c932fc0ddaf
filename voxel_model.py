"""One photograph of a piece of furniture to voxels: network, preprocessing, loading, prediction.

    model = load_model()                             # embedded checkpoint, or MODEL_REPO_ID's
    prediction = predict(model, Image.open("chair.jpg"))
    prediction.occupancy                             # (32, 32, 32) float32, probability of solid

Axes, here and everywhere: grids are indexed [x, y, z]; y points up, z toward the object's front and
x completes the right-handed frame, so that x runs to the right in a picture taken from the front.
The object's longest side fills the grid and the object is centred in it. The camera is seen from
the object: azimuth 0 is in front of it (+z), positive azimuth moves toward +x; elevation is up.
Pix3D counts azimuth the other way round.
"""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from PIL import Image
from torch import nn
from torchvision.models import resnet18

from picture import (
    FILL,
    Box,
    PictureError,
    check_box,
    crop_square,
    object_box,
    paste_mask,
    read_image,
    square_around,
)

CATEGORIES = ("bed", "bookcase", "chair", "desk", "misc", "sofa", "table", "tool", "wardrobe")
EMBEDDED = Path(__file__).parent / "checkpoint"
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
MAX_RESOLUTION = 128  # a config that asks for more is a mistake or an attack
FOUND = 0.5  # probability at which a pixel of the finding pass counts as object
HUB_TIMEOUT = "5"  # seconds for the Hub to answer before a cached copy or a sentence


class ModelError(ValueError):
    """Weights that cannot be used; one sentence that says why and what to do."""


@dataclass
class VoxelConfig:
    resolution: int = 32  # cells a side, a multiple of 16
    decoder: str = "attention"  # or "fc", the classic fully connected design: occupancy only
    threshold: float = 0.5  # probability from which a cell is solid; chosen on validation photos
    categories: tuple[str, ...] = CATEGORIES
    image_size: int = 224  # ResNet18's own input
    width: int = 256  # channels of a query token
    depth: int = 4  # attention blocks; every second one lets the queries see each other
    heads: int = 8
    crop_margin: float = 0.08  # added on each side of the box, share of its longer side

    def __post_init__(self):
        self.categories = tuple(self.categories)  # json has no tuples
        if self.decoder not in ("attention", "fc"):
            raise ModelError(f'decoder is "{self.decoder}"; use "attention" or "fc".')
        if not 8 <= self.resolution <= MAX_RESOLUTION:
            raise ModelError(f"resolution {self.resolution} is outside 8 to {MAX_RESOLUTION}.")
        if self.decoder == "attention" and self.resolution % 16:
            raise ModelError(f"resolution {self.resolution} is not a multiple of 16.")


class Outputs(NamedTuple):
    """Logits of one forward; None where the classic decoder has no such head."""

    occupancy: torch.Tensor  # (B, R, R, R)
    color: torch.Tensor | None = None  # (B, 3, R, R, R), sigmoid gives the sRGB albedo of a cell
    mask: torch.Tensor | None = None  # (B, 1, 56, 56), the object's visible part
    category: torch.Tensor | None = None  # (B, 9)
    pose: torch.Tensor | None = None  # (B, 3): sin and cos of azimuth (any length), elevation (rad)


class Attention(nn.Module):
    """Multi-head attention from `queries` (B, N, D) to `memory` (B, M, D)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, queries, memory):
        q = self.query(queries).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, h, N, d)
        k, v = self.key_value(memory).unflatten(-1, (2, self.heads, -1)).unbind(2)
        mixed = F.scaled_dot_product_attention(q, k.transpose(1, 2), v.transpose(1, 2))
        return self.out(mixed.transpose(1, 2).flatten(2))  # (B, N, D)


class Block(nn.Module):
    """Pre-norm: look at the picture, optionally at the other queries, then think."""

    def __init__(self, width: int, heads: int, self_attention: bool):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.cross = Attention(width, heads)
        self.among = Attention(width, heads) if self_attention else None
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(approximate="tanh"), nn.Linear(2 * width, width)
        )

    def forward(self, queries, memory):
        queries = queries + self.cross(self.norms[0](queries), memory)
        if self.among is not None:
            normed = self.norms[1](queries)
            queries = queries + self.among(normed, normed)
        return queries + self.mlp(self.norms[2](queries))


class AttentionDecoder(nn.Module):
    """Learned 3D queries, one for each of 8x8x8 blocks of cells, attend to the feature maps."""

    GRID = 8  # queries a side
    REFINED = 32  # channels of the 16x16x16 grid between queries and cells

    def __init__(self, config: VoxelConfig):
        super().__init__()
        width, self.patch = config.width, config.resolution // (2 * self.GRID)
        self.queries = nn.Parameter(torch.randn(self.GRID**3, width) * 0.02)
        self.context = nn.Linear(1024, width)
        self.level_projections = nn.ModuleList(nn.Linear(c, width) for c in (256, 512))
        self.level_positions = nn.ParameterList(
            torch.randn(side**2, width) * 0.02
            for side in (config.image_size // 16, config.image_size // 32)
        )
        self.foreground = nn.Linear(1, width)  # feeds the predicted mask back as an embedding
        self.norm_memory = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(
            Block(width, config.heads, self_attention=i % 2 == 1) for i in range(config.depth)
        )
        self.norm = nn.LayerNorm(width)
        self.unfold = nn.Linear(width, 8 * self.REFINED)
        self.refine = nn.Conv3d(self.REFINED, self.REFINED, 3, padding=1)
        self.cells = nn.Linear(self.REFINED, self.patch**3 * 4)

    def forward(self, maps, mask, context):
        """maps (B,256,14,14), (B,512,7,7); mask (B,1,56,56) in [0,1]; context (B,1024)."""
        memory = []
        levels = zip(maps, self.level_projections, self.level_positions, strict=True)
        for feature, project, position in levels:
            shown = F.adaptive_avg_pool2d(mask, feature.shape[-2:]).flatten(2).transpose(1, 2)
            tokens = project(feature.flatten(2).transpose(1, 2))  # (B, h*w, D)
            memory.append(tokens + position + self.foreground(shown))
        memory = self.norm_memory(torch.cat(memory, dim=1))  # (B, 245, D)
        queries = self.queries + self.context(context)[:, None]  # (B, 512, D)
        for block in self.blocks:
            queries = block(queries, memory)
        grid = _unpatchify(self.unfold(self.norm(queries)), self.GRID, 2)  # (B, C, 16, 16, 16)
        grid = F.gelu(grid + self.refine(F.gelu(grid)))
        cells = self.cells(grid.flatten(2).transpose(1, 2))
        cells = _unpatchify(cells, 2 * self.GRID, self.patch)  # (B, 4, R, R, R)
        return cells[:, 0], cells[:, 1:]


def _unpatchify(tokens: torch.Tensor, side: int, patch: int) -> torch.Tensor:
    """(B, side^3, patch^3 * C) -> (B, C, side * patch, ...)"""
    b = tokens.shape[0]
    grid = tokens.view(b, side, side, side, patch, patch, patch, -1)
    return grid.permute(0, 7, 1, 4, 2, 5, 3, 6).reshape(b, -1, *[side * patch] * 3)


class MaskHead(nn.Module):
    """A small feature pyramid: coarse stages say what is the object, fine ones where it ends."""

    def __init__(self, width: int = 64):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in (64, 128, 256, 512))
        self.smooth = nn.Conv2d(width, width, 3, padding=1)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, maps):
        merged = self.lateral[3](maps[3])
        for level in (2, 1, 0):
            merged = F.interpolate(merged, scale_factor=2.0) + F.relu(
                self.lateral[level](maps[level])
            )
        return self.out(F.relu(self.smooth(merged)))  # (B, 1, 56, 56)


class VoxelModel(
    nn.Module,
    PyTorchModelHubMixin,
    pipeline_tag="image-to-3d",
    license="cc-by-4.0",
    tags=["voxels", "furniture", "single-image-3d", "pix3d"],
):
    """ResNet18 with heads for occupancy, colour, mask, category and camera; returns logits."""

    def __init__(self, config: VoxelConfig | None = None):
        super().__init__()
        self.config = config = config or VoxelConfig()
        self.encoder = resnet18(weights=None)
        self.encoder.fc = nn.Identity()
        if config.decoder == "fc":
            cells = config.resolution**3
            self.decoder = nn.Sequential(nn.Linear(512, 2048), nn.ReLU(), nn.Linear(2048, cells))
            return
        self.mask_head = MaskHead()
        self.decoder = AttentionDecoder(config)
        self.summary = nn.Sequential(nn.Linear(1024, 256), nn.ReLU())
        self.category = nn.Linear(256, len(config.categories))
        self.pose = nn.Linear(256, 3)

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        """(B, 3, S, S) normalised -> maps of strides 4, 8, 16, 32 with 64 to 512 channels."""
        e = self.encoder
        x = e.maxpool(e.relu(e.bn1(e.conv1(images))))
        maps = []
        for stage in (e.layer1, e.layer2, e.layer3, e.layer4):
            x = stage(x)
            maps.append(x)
        return maps

    def find(self, images: torch.Tensor) -> torch.Tensor:
        """Mask logits alone, (B, 1, 56, 56): the cheap first pass over a whole picture."""
        return self.mask_head(self.features(images))

    def forward(self, images: torch.Tensor) -> Outputs:
        """images (B, 3, S, S), ImageNet-normalised RGB."""
        maps = self.features(images)
        pooled = maps[3].mean(dim=(2, 3))  # (B, 512)
        if self.config.decoder == "fc":
            r = self.config.resolution
            return Outputs(self.decoder(pooled).view(-1, r, r, r))
        mask = self.mask_head(maps)
        shown = mask.detach().sigmoid()
        weight = F.adaptive_avg_pool2d(shown, maps[3].shape[-2:]) + 1e-3
        on_object = (maps[3] * weight).sum(dim=(2, 3)) / weight.sum(dim=(2, 3))
        context = torch.cat([pooled, on_object], dim=1)  # (B, 1024)
        occupancy, color = self.decoder(maps[2:], shown, context)
        summary = self.summary(context)
        return Outputs(occupancy, color, mask, self.category(summary), self.pose(summary))


# --- loading ------------------------------------------------------------------------------------


def load_model(source: str | Path | None = None, device: str = "auto") -> VoxelModel:
    """The model in eval mode, float32.

    source : Hub repo id, local folder, classic `.pth`, or None: the Hub repo that MODEL_REPO_ID
        names (at MODEL_REVISION), else the embedded checkpoint
    device : "auto" takes CUDA, then MPS, then CPU
    Raises ModelError with one sentence; never falls back to untrained weights.
    """
    source = str(source or os.environ.get("MODEL_REPO_ID") or EMBEDDED)
    if source.endswith(".pth"):
        model = _load_classic(Path(source))
    else:
        folder = Path(source) if Path(source).is_dir() else _download(source)
        model = _load_folder(folder)
    return model.eval().to(_pick_device(device))


def _pick_device(device: str) -> torch.device:
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _download(repo_id: str) -> Path:
    raise ModelError(f'"{repo_id}" is neither a folder with a checkpoint nor a .pth file.')


def _load_folder(folder: Path) -> VoxelModel:
    from safetensors.torch import load_file

    config = _read_config(folder / "config.json")
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelError(f"{folder} has no model.safetensors; save a model there first.")
    try:
        state = load_file(weights)
    except Exception as error:
        raise ModelError(f"{weights} is not a whole safetensors file ({error}).") from error
    return _fill(VoxelModel(config), state, weights)


def _read_config(path: Path) -> VoxelConfig:
    try:
        values = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as a model config ({error}).") from error
    unknown = sorted(set(values) - {f.name for f in fields(VoxelConfig)})
    if unknown:
        raise ModelError(f"{path} has unknown fields: {', '.join(unknown)}.")
    return VoxelConfig(**values)


def _fill(model: VoxelModel, state: dict, source: Path) -> VoxelModel:
    try:
        model.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
        )
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelError(
            f"{source} does not fit the model its config describes: {reason}"
        ) from error
    return model


def _load_classic(path: Path) -> VoxelModel:
    """A bare state dict of the classic design, whose grid has Pix3D's axes (left, front, up)."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        cells = len(state["decoder.2.bias"])
    except FileNotFoundError as error:
        raise ModelError(f"There is no file {path}.") from error
    except Exception as error:
        raise ModelError(f"{path} is not a plain state dict of the classic model.") from error
    side = round(cells ** (1 / 3))
    if side**3 != cells:
        raise ModelError(f"{path} predicts {cells} cells, which is not a cube.")
    for name in ("decoder.2.weight", "decoder.2.bias"):
        cube = state[name].view(side, side, side, *state[name].shape[1:])
        state[name] = cube.flip(0).transpose(1, 2).reshape(state[name].shape)
    return _fill(VoxelModel(VoxelConfig(resolution=side, decoder="fc")), state, path)


# --- prediction ---------------------------------------------------------------------------------


@dataclass
class Prediction:
    """What the model believes about one picture; axes and angles as at the top of this file."""

    occupancy: np.ndarray  # (R, R, R) float32, probability that the cell is solid
    colors: np.ndarray  # (R, R, R, 3) uint8 sRGB, surface albedo
    mask: np.ndarray  # (H, W) float32, probability that the pixel shows the object
    box: Box  # the object in pixels of the upright picture
    category: str
    category_probabilities: dict[str, float]
    azimuth: float  # degrees, -180 to 180
    elevation: float  # degrees
    crop: Image.Image  # (S, S) RGB, what the network saw
    crop_mask: np.ndarray = field(repr=False)  # (S, S) float32


def normalize(images: torch.Tensor) -> torch.Tensor:
    """(B, 3, S, S) sRGB in [0, 1] -> ImageNet-normalised."""
    mean = images.new_tensor(IMAGENET_MEAN).view(3, 1, 1)
    return (images - mean) / images.new_tensor(IMAGENET_STD).view(3, 1, 1)


def predict(model: VoxelModel, image: Image.Image, box: Box | None = None) -> Prediction:
    """The object in `box`, or, without one, the object that the model finds in the picture."""
    return predict_batch(model, [image], None if box is None else [box])[0]


@torch.inference_mode()
def predict_batch(
    model: VoxelModel, images: list[Image.Image], boxes: list[Box | None] | None = None
) -> list[Prediction]:
    """One prediction for each picture; raises PictureError for the first that cannot be used."""
    pictures, alphas = zip(*(read_image(image) for image in images), strict=True)
    boxes = list(boxes or [None] * len(images))
    boxes = [
        check_box(box, picture.size) if box is not None else _alpha_box(alpha)
        for box, picture, alpha in zip(boxes, pictures, alphas, strict=True)
    ]
    boxes = find_boxes(model, pictures, boxes)
    squares = [square_around(box, model.config.crop_margin) for box in boxes]
    size = model.config.image_size
    crops = [crop_square(p, square, size) for p, square in zip(pictures, squares, strict=True)]
    outputs = model(_to_tensor(crops, model))
    rows = zip(pictures, alphas, boxes, squares, crops, strict=True)
    return [_prediction(model, outputs, i, *row) for i, row in enumerate(rows)]


def _alpha_box(alpha: np.ndarray | None) -> Box | None:
    return None if alpha is None else object_box(alpha)


@torch.inference_mode()
def find_boxes(
    model: VoxelModel, pictures: list[Image.Image], boxes: list[Box | None]
) -> list[Box]:
    """`boxes` with each None replaced by the object that the mask head sees in the whole picture."""
    missing = [i for i, box in enumerate(boxes) if box is None]
    boxes = [box or (0.0, 0.0, *map(float, p.size)) for box, p in zip(boxes, pictures, strict=True)]
    if not missing or model.config.decoder == "fc":  # the classic design takes the picture whole
        return boxes
    size = model.config.image_size
    squares = [square_around(boxes[i]) for i in missing]
    crops = [crop_square(pictures[i], s, size) for i, s in zip(missing, squares, strict=True)]
    masks = model.find(_to_tensor(crops, model)).sigmoid()[:, 0].float().cpu().numpy()
    for i, square, mask in zip(missing, squares, masks, strict=True):
        found = object_box(mask, FOUND)
        if found is not None:
            scale = (square[2] - square[0]) / mask.shape[0]
            offset = (*square[:2], *square[:2])
            whole = tuple(f * scale + o for f, o in zip(found, offset, strict=True))
            boxes[i] = check_box(whole, pictures[i].size)
    return boxes


def _to_tensor(crops: list[Image.Image], model: VoxelModel) -> torch.Tensor:
    stacked = torch.from_numpy(np.stack([np.asarray(crop) for crop in crops]))  # (B, S, S, 3)
    device = next(model.parameters()).device
    return normalize(stacked.to(device).permute(0, 3, 1, 2).float() / 255)


def _prediction(model, outputs: Outputs, i: int, picture, alpha, box, square, crop) -> Prediction:
    occupancy = outputs.occupancy[i].float().sigmoid().cpu().numpy()
    if outputs.mask is None:
        return _classic_prediction(model, occupancy, picture, box, crop)
    colors = outputs.color[i].float().sigmoid().mul(255).round().byte()
    crop_mask = outputs.mask[i : i + 1].float().sigmoid()
    crop_mask = F.interpolate(crop_mask, size=crop.size, mode="bilinear")[0, 0].cpu().numpy()
    mask = paste_mask(crop_mask, square, picture.size) if alpha is None else alpha
    shares = outputs.category[i].float().softmax(0).tolist()
    probabilities = dict(zip(model.config.categories, shares, strict=True))
    sine, cosine, elevation = outputs.pose[i].double().tolist()
    return Prediction(
        occupancy=occupancy,
        colors=colors.permute(1, 2, 3, 0).cpu().numpy(),
        mask=mask,
        box=box,
        category=max(probabilities, key=probabilities.get),
        category_probabilities=probabilities,
        azimuth=float(np.degrees(np.arctan2(sine, cosine))),
        elevation=float(np.degrees(elevation)),
        crop=crop,
        crop_mask=crop_mask,
    )


def _classic_prediction(model, occupancy, picture, box, crop) -> Prediction:
    """The classic design has no other heads: grey cells, no mask, no category, a frontal camera."""
    share = 1 / len(model.config.categories)
    return Prediction(
        occupancy=occupancy,
        colors=np.full((*occupancy.shape, 3), 160, np.uint8),
        mask=np.ones(picture.size[::-1], np.float32),
        box=box,
        category="",
        category_probabilities=dict.fromkeys(model.config.categories, share),
        azimuth=0.0,
        elevation=0.0,
        crop=crop,
        crop_mask=np.ones(crop.size[::-1], np.float32),
    )
