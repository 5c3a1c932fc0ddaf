"""The object's part of a photo at the photo's own resolution, for the texture of a mesh.

    detail = photo_detail(decoded.rgb, prediction.box, prediction.square, 224)
    detail.jpeg, detail.box                  # picture; its place in the crop of 224 pixels

The network's crop is coarser: it has 224 pixels a side.
"""

import math
from io import BytesIO

from PIL import Image

from core.boxes import Box, clip_box
from core.prediction import PhotoDetail

# Pixels of the longer side; larger objects are reduced by a whole number. More is not seen on the
# page, whose viewer is about 600 pixels high.
MAX_DETAIL_SIDE = 640
JPEG_QUALITY = 92  # 0 to 100; no block is seen


def photo_detail(image: Image.Image, box: Box, square: Box, crop_size: int) -> PhotoDetail:
    """Cut the object's box out of a photo without resampling.

    Parameters
    ----------
    image : PIL.Image.Image
        Upright RGB.
    box : tuple of 4 float
        The object, in pixels of the image.
    square : tuple of 4 float
        The network's crop, in pixels of the image.
    crop_size : int
        Side of the crop in its own pixels.

    Returns
    -------
    PhotoDetail
        The whole pixels that the box touches.
    """
    x0, y0, x1, y1 = clip_box(box, image.size)
    whole = math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)
    factor = -(-max(whole[2] - whole[0], whole[3] - whole[1]) // MAX_DETAIL_SIDE)
    part = image.reduce(factor, whole) if factor > 1 else image.crop(whole)
    part.info = {}  # no metadata of the photo, such as a GPS position in EXIF
    buffer = BytesIO()
    part.save(buffer, "JPEG", quality=JPEG_QUALITY)
    scale = crop_size / (square[2] - square[0])
    corners = zip(whole, (square[0], square[1]) * 2, strict=True)
    return PhotoDetail(buffer.getvalue(), tuple((at - start) * scale for at, start in corners))
