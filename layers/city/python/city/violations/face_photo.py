"""The photo that a face is searched with: checked, and made anew from its pixels."""

import binascii
import io
import warnings
from base64 import b64decode

from city.kernel.problems import Invalid, invalid

LEAST, MOST_PIXELS = 96, 50_000_000
SIDE = 1280  # a face needs no more
FORMATS = ("JPEG", "PNG", "WEBP")


def key(search_id: str) -> str:
    """Where the photo of a search lies, encrypted, in the private bucket."""
    return f"face-references/{search_id}"


def clean(photo: str) -> bytes:
    """A JPEG of at most 1280 pixels' side from base64; nothing of the file but its pixels is kept.

    Raises:
        Invalid: no picture, too small or too large.
    """
    from PIL import Image, ImageOps  # on use: most requests bring no photo

    try:
        raw = b64decode(photo, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refused() from error
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(raw), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS or min(opened.size) < LEAST:
                    raise _refused()
                opened.draft(None, (SIDE, SIDE))
                upright = ImageOps.exif_transpose(opened).convert("RGB")
        except Invalid:
            raise
        except Exception as error:  # decoders raise anything
            raise _refused() from error
    upright.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    bare = Image.new("RGB", upright.size)  # what the file said besides does not come along
    bare.paste(upright)
    bare.save(out, "JPEG", quality=92)
    return out.getvalue()


def _refused() -> Invalid:
    return invalid(
        "photo",
        f"Cần ảnh JPEG, PNG hoặc WebP, cạnh ngắn ít nhất {LEAST} điểm ảnh.",
        f"Needs a JPEG, PNG or WebP picture of at least {LEAST} pixels a side.",
    )
