"""AIS sentences (NMEA 0183 `VDM`) to positions, decoded by pyais.

A sentence with a wrong checksum is refused, not repaired. A message of several sentences is put
together within one batch, by its sequence number and channel as ITU-R M.1371 has it: receivers send
the parts within a second of one another. `VDO` is the receiver's own ship and no boat of ours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pyais import decode
from pyais.exceptions import AISBaseException, InvalidNMEAChecksum
from pyais.messages import NMEAMessage

LONGEST = 120  # a sentence has at most 82 characters; some receivers add a tag block
MOST_PARTS = 5
TALKERS = (b"!AIVDM", b"!ABVDM", b"!BSVDM")  # ships' receivers and base stations
Fault = Literal["bad_sentence", "bad_checksum", "incomplete", "no_position"]
_NO_LAT, _NO_LON, _NO_COURSE, _NO_SPEED = 91.0, 181.0, 360.0, 102.3


@dataclass(frozen=True, slots=True)
class Heard:
    """A position that a transponder sent. Degrees; speed in knots; `channel` A or B."""

    mmsi: int
    lat: float
    lon: float
    knots: float | None
    course: float | None
    channel: str


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence that fits its checksum."""

    raw: bytes
    number: int
    count: int
    group: tuple[int | None, str, int]


def read(sentence: str) -> Part | Fault:
    """One sentence, checked."""
    raw = sentence.strip().encode("ascii", errors="replace")
    if len(raw) > LONGEST or raw[:6] not in TALKERS:
        return "bad_sentence"
    try:
        message = NMEAMessage(raw)
    except AISBaseException:
        return "bad_sentence"
    if not message.is_valid:
        return "bad_checksum"
    if message.channel not in ("A", "B", "1", "2", "") or message.frag_cnt > MOST_PARTS:
        return "bad_sentence"
    group = (message.seq_id, message.channel, message.frag_cnt)
    return Part(raw, message.frag_num, message.frag_cnt, group)


def assembled(parts: Iterable[tuple[int, Part]]) -> dict[int, Heard | Fault]:
    """What each sentence is worth, by its place in the batch.

    A message of several sentences is told at the last of them, its earlier parts are not listed;
    parts without the rest are incomplete.
    """
    told: dict[int, Heard | Fault] = {}
    waiting: dict[tuple[int | None, str, int], dict[int, tuple[int, Part]]] = {}
    for index, part in parts:
        if part.count == 1:
            told[index] = _decoded([part])
            continue
        held = waiting.setdefault(part.group, {})
        if part.number in held:  # the sequence number was used again before the rest came
            told |= dict.fromkeys((i for i, _ in held.values()), "incomplete")
            held.clear()
        held[part.number] = (index, part)
        if len(held) == part.count:
            told[index] = _decoded([held[n][1] for n in sorted(held)])
            del waiting[part.group]
    for held in waiting.values():
        told |= dict.fromkeys((i for i, _ in held.values()), "incomplete")
    return told


def _decoded(parts: list[Part]) -> Heard | Fault:
    try:
        message = decode(*(part.raw for part in parts), error_if_checksum_invalid=True)
    except InvalidNMEAChecksum:
        return "bad_checksum"
    except (AISBaseException, ValueError, IndexError):
        return "bad_sentence"
    lat, lon = getattr(message, "lat", None), getattr(message, "lon", None)
    if lat is None or lon is None or lat == _NO_LAT or lon == _NO_LON:
        return "no_position"
    speed, course = getattr(message, "speed", None), getattr(message, "course", None)
    return Heard(
        mmsi=int(message.mmsi),
        lat=float(lat),
        lon=float(lon),
        knots=None if speed is None or speed >= _NO_SPEED else float(speed),
        course=None if course is None or course >= _NO_COURSE else float(course),
        channel=str(parts[0].group[1]),
    )
