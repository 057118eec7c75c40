"""From the bytes somebody sent to a picture that is safe to publish. Pure.

The type is told by the bytes, never by what was declared. The result is made anew from the pixels,
so that nothing else of the file survives: no EXIF, no GPS, no XMP, no comments, no profile.
"""

import hashlib
import io
import warnings
from typing import NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

LONG_SIDE, THUMB_SIDE = 2048, 480
MAX_PIXELS = 50_000_000
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")
_HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif")
_GPS_IFD, _GPS_TAGS = 0x8825, (1, 2, 3, 4)


class Refused(Exception):
    """The bytes are no picture we take; `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Clean(NamedTuple):
    """A finished picture and its thumbnail (JPEG), sizes in pixels, and its fingerprints."""

    image: bytes
    thumb: bytes
    width: int
    height: int
    sha256: str
    dhash: str
    taken_at_place: tuple[float, float] | None


def clean(raw: bytes) -> Clean:
    """Check, turn upright, strip, shrink.

    Raises:
        Refused: `unsupported_heic`, `not_an_image`, `too_many_pixels`, `animated` or `broken`.
    """
    if raw[4:12] in _HEIC:
        raise Refused("unsupported_heic")
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(raw), formats=FORMATS) as opened:
                return _from(opened)
        except UnidentifiedImageError as error:
            raise Refused("not_an_image") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Refused("too_many_pixels") from error
        except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
            raise Refused("broken") from error


def _from(opened: Image.Image) -> Clean:
    if opened.width * opened.height > MAX_PIXELS:
        raise Refused("too_many_pixels")
    if getattr(opened, "n_frames", 1) > 1:
        raise Refused("animated")
    place = _place(opened)
    opened.load()
    upright = ImageOps.exif_transpose(opened)
    pixels = _flat(upright)
    picture, thumb = pixels.copy(), pixels.copy()
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    data = _jpeg(picture)
    return Clean(
        image=data,
        thumb=_jpeg(thumb),
        width=picture.width,
        height=picture.height,
        sha256=hashlib.sha256(data).hexdigest(),
        dhash=difference_hash(pixels),
        taken_at_place=place,
    )


def _flat(image: Image.Image) -> Image.Image:
    """RGB pixels on white, without anything attached."""
    rgba = image.convert("RGBA")
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    return flat


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def difference_hash(image: Image.Image) -> str:
    """64-bit difference hash (rows of nine grey samples, each compared to the next) in hex."""
    grey = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (grey[at] > grey[at + 1])
    return f"{bits:016x}"


def _place(image: Image.Image) -> tuple[float, float] | None:
    """Where the camera says that it was: (lat, lon) in degrees; None when it does not."""
    try:
        gps = image.getexif().get_ifd(_GPS_IFD)
        ns, lat, ew, lon = (gps[tag] for tag in _GPS_TAGS)
        degrees = [float(v[0]) + float(v[1]) / 60 + float(v[2]) / 3600 for v in (lat, lon)]
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError, AttributeError):
        return None
    south, west = str(ns).upper() == "S", str(ew).upper() == "W"
    return (-degrees[0] if south else degrees[0], -degrees[1] if west else degrees[1])
