"""Formats of pictures that can be read: Pillow's names, file suffixes, and signatures.

Importing this module loads neither Pillow nor a decoder.
"""

# Pillow's names of the formats, and the suffixes of their files
SUFFIXES_OF_FORMAT = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif", ".avifs"),
    "HEIF": (".heic", ".heif", ".heics", ".heifs", ".hif"),
    "JPEG2000": (".jp2", ".j2k", ".jpx", ".j2c", ".jpc", ".jpf"),
}
IMAGE_FORMATS = tuple(SUFFIXES_OF_FORMAT)
IMAGE_SUFFIXES = tuple(sorted(suffix for group in SUFFIXES_OF_FORMAT.values() for suffix in group))
# for file choosers: systems without a codec have no media type for these files
CHOOSER_TYPES = (
    "image",
    *(s for s in IMAGE_SUFFIXES if s not in (".png", ".jpg", ".jpeg", ".gif")),
)
FORMAT_NAMES = "PNG, JPEG, GIF, BMP, WebP, TIFF, HEIC, AVIF or JPEG 2000"  # for messages
SIGNATURE_BYTES = 12  # bytes that `has_image_signature` needs
BROWSER_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM")
TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # TIFF and BigTIFF
JPEG2000_SIGNATURES = (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")
SIGNATURES = (*BROWSER_SIGNATURES, *TIFF_SIGNATURES, *JPEG2000_SIGNATURES)
HEIF_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm",
               b"hevs", b"mif1", b"msf1")  # fmt: skip


def has_image_signature(head: bytes) -> bool:
    """Return True if a file starts as one of the formats.

    Parameters
    ----------
    head : bytes
        The first SIGNATURE_BYTES bytes of the file.
    """
    if head[4:8] == b"ftyp":
        return head[8:12] in HEIF_BRANDS
    return _is_webp(head) or head.startswith(SIGNATURES)


def is_drawn_by_browsers(head: bytes) -> bool:
    """Return True if a file starts as a format that every browser draws.

    Parameters
    ----------
    head : bytes
        The first SIGNATURE_BYTES bytes of the file.
    """
    return _is_webp(head) or head.startswith(BROWSER_SIGNATURES)


def _is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


# The XMP text of a turntable that this program made: it is no photograph. It is the last chunk of
# the file.
TURNTABLE_MARK = b"furniture-photo-to-3d turntable"
TURNTABLE_MARK_BYTES = 1000  # from the end of the file
