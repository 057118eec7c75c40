"""From the bytes somebody sent to a picture that is safe to publish. Pure.

The type is told by the bytes, never by what was declared. The result is made anew from the pixels,
so that nothing else of the file survives: no EXIF, no GPS, no XMP, no comments, no profile.
"""

import hashlib
import io
import warnings
from typing import NamedTuple

from PIL import Image, ImageCms, UnidentifiedImageError

from city.media import origin
from city.media.origin import Origin

LONG_SIDE, THUMB_SIDE = 2048, 480
MAX_PIXELS = 50_000_000
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")
# Major brands of HEIF files with HEVC pictures (ISO/IEC 23008-12, annex B), and its generic ones.
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Refused(Exception):
    """The bytes are no picture we take; `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Clean(NamedTuple):
    """A finished picture and its thumbnail (JPEG), sizes in pixels, fingerprints, and its origin.

    `origin` is private: it must not leave the unit.
    """

    image: bytes
    thumb: bytes
    width: int
    height: int
    sha256: str
    dhash: str
    origin: Origin


def clean(raw: bytes) -> Clean:
    """Check, turn upright, strip, shrink.

    Raises:
        Refused: `unsupported_heic`, `not_an_image`, `too_many_pixels`, `animated` or `broken`.
    """
    if raw[4:8] == b"ftyp" and raw[8:12] in _HEIC:
        raise Refused("unsupported_heic")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on odd EXIF are nobody's business here
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(raw), formats=FORMATS) as opened:
                return _from(opened)
        except Refused:
            raise
        except UnidentifiedImageError as error:
            raise Refused("not_an_image") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Refused("too_many_pixels") from error
        except Exception as error:  # decoders raise anything: refuse this one, spare the queue
            raise Refused("broken") from error


def _from(opened: Image.Image) -> Clean:
    if opened.width * opened.height > MAX_PIXELS:
        raise Refused("too_many_pixels")
    # Phones put a second picture (depth, preview) into a JPEG; the first is the photo.
    if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:
        raise Refused("animated")
    made_by = origin.read(opened)
    opened.draft(None, (LONG_SIDE, LONG_SIDE))  # a big JPEG is decoded at a half, quarter, eighth
    opened.load()
    picture = _flat(_shrunk(opened), opened.info.get("icc_profile"))
    if made_by.orientation in _TURN:
        picture = picture.transpose(_TURN[made_by.orientation])
    thumb = picture.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    data = _jpeg(picture)
    return Clean(
        image=data,
        thumb=_jpeg(thumb),
        width=picture.width,
        height=picture.height,
        sha256=hashlib.sha256(data).hexdigest(),
        dhash=difference_hash(picture),
        origin=made_by,
    )


def _shrunk(image: Image.Image) -> Image.Image:
    """At most `LONG_SIDE`, in a mode that can be averaged. First of all: the rest is then cheap."""
    if image.mode.startswith("I") or image.mode == "F":
        image = image.point(lambda level: level / 256, "L")  # sixteen bits of grey
    elif image.mode in ("PA", "LA") or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        image = image.convert("RGB")
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def _flat(image: Image.Image, profile: bytes | None) -> Image.Image:
    """sRGB pixels on white, without anything attached."""
    mask = image.getchannel("A") if image.mode == "RGBA" else None
    if mask is not None:
        image = image.convert("RGB")
    flat = Image.new("RGB", image.size, "white")
    flat.paste(_srgb(image, profile), mask=mask)
    return flat


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as a screen without profiles shows them; a bad profile counts as none."""
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            wanted = ImageCms.createProfile("sRGB")
            made = ImageCms.profileToProfile(image, given, wanted, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            made = None
        if made is not None:
            return made
    return image.convert("RGB")


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
