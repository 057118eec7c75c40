"""What a camera wrote beside the pixels: which way up, where and when. Pure.

Only the turning reaches the published picture. Place and time are for comparing with the pin of a
report; they stay in media's own row and appear in no event, no log and no answer.
"""

import math
from datetime import datetime
from typing import Any, NamedTuple

from PIL import Image

from city.kernel.clock import stamp

_ORIENTATION, _EXIF_IFD, _GPS_IFD = 0x0112, 0x8769, 0x8825
_TAKEN, _TAKEN_OFFSET = 0x9003, 0x9011
_HUE_OFFSET = "+07:00"
_LAT_REF, _LAT, _LON_REF, _LON = 1, 2, 3, 4


class Origin(NamedTuple):
    """`orientation` is EXIF's 1 to 8, `place` (lat, lon) in degrees, `taken_at` RFC 3339 in UTC."""

    orientation: int = 1
    place: tuple[float, float] | None = None
    taken_at: str | None = None


def read(image: Image.Image) -> Origin:
    """What can be read; damaged metadata is no reason to refuse a picture."""
    try:
        exif = image.getexif()
        orientation = exif.get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - Pillow raises anything on damaged EXIF
        return Origin()
    return Origin(
        orientation=orientation if orientation in range(1, 9) else 1,
        place=_place(_directory(exif, _GPS_IFD)),
        taken_at=_taken_at(_directory(exif, _EXIF_IFD)),
    )


def _directory(exif: Image.Exif, tag: int) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(tag))
    except Exception:  # noqa: BLE001 - see `read`
        return {}


def _place(gps: dict[int, Any]) -> tuple[float, float] | None:
    lat = _degrees(gps.get(_LAT), gps.get(_LAT_REF), "S")
    lon = _degrees(gps.get(_LON), gps.get(_LON_REF), "W")
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    return lat, lon


def _degrees(parts: Any, side: Any, negative: str) -> float | None:
    """Degrees from (degrees, minutes, seconds); None unless they are three finite numbers."""
    try:
        whole, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = whole + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        return None
    return -value if str(side).strip("\0 ").upper() == negative else value


def _taken_at(directory: dict[int, Any]) -> str | None:
    """When; a camera that names no offset is taken to run on Huế's time."""
    words = f"{directory.get(_TAKEN, '')}".strip("\0 ")
    offset = f"{directory.get(_TAKEN_OFFSET, '')}".strip("\0 ") or _HUE_OFFSET
    try:
        return stamp(datetime.strptime(words + offset, "%Y:%m:%d %H:%M:%S%z"))
    except (ValueError, OverflowError):
        return None
