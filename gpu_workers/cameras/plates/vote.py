"""Reading the plates of tracks: when to look again, and the vote over a track's frames."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from city.contracts.cameras import Box, PlateReading

from gpu_workers.cameras.seen import Picture
from gpu_workers.cameras.vision.tracks import Track

from .find import Colour
from .reader import PlateReader, Read

VEHICLES = ("car", "truck", "bus", "motorbike")
MOST_READS = 12  # kept of a track
EACH_FRAME = 2  # vehicles read in one frame of a camera, so that plates never hold up the rest
SURE, AGREED = 0.9, 4  # a plate that so many frames read alike, so surely, is read
CLEAR, OTHER = 0.9, 4  # score and characters
AGAIN = 8  # frames after which a plate that is read is looked at again: tracks may change over
LEAST_PX = 40  # narrower vehicles have no legible plate
MOST_TRACKS = 200


def vote(reads: Sequence[Read]) -> PlateReading | None:
    """Place by place among readings of the most heard length, each weighed by its certainty.

    The score is the share of the weight that agrees, times how sure the agreeing are, and less for
    a plate that few frames have shown: 0.75 for one, 0.97 for four.
    """
    weights: dict[int, float] = {}
    for read in reads:
        length = len(read.reading.text)
        weights[length] = weights.get(length, 0.0) + read.reading.score
    if not weights:
        return None
    length = max(weights, key=lambda k: weights[k])
    same = [r for r in reads if len(r.reading.text) == length]
    text, score = "", 1.0
    for place in range(length):
        heard: dict[str, float] = {}
        for read in same:
            c = read.reading.text[place]
            heard[c] = heard.get(c, 0.0) + read.reading.sure[place]
        best = max(heard, key=lambda c: heard[c])
        text += best
        agreeing = sum(r.reading.text[place] == best for r in same)
        score *= heard[best] / sum(heard.values()) * min(1.0, heard[best] / agreeing)
    share = weights[length] / sum(weights.values()) * (1 - 0.5 ** (len(same) + 1))
    closest = max(same, key=lambda r: (r.reading.text == text, r.reading.score))
    return PlateReading(
        text=text,
        score=min(1.0, score ** (1 / length) * share),
        lines=_lines(closest.lines),
        colour=_colour(same),
        kind=closest.reading.kind,
        frames=len(reads),
    )


def _lines(n: int) -> Literal[1, 2]:
    return 2 if n == 2 else 1


def _colour(reads: Sequence[Read]) -> Colour:
    heard: list[Colour] = [r.colour for r in reads if r.colour != "unknown"]
    return max(heard, key=heard.count) if heard else "unknown"


def _another(reads: Sequence[Read], read: Read) -> bool:
    """Whether two clear readings now agree on quite another plate: the track changed vehicles."""
    if len(reads) < 2 or read.reading.score < CLEAR or reads[-1].reading.text != read.reading.text:
        return False
    return all(_differ(r.reading.text, read.reading.text) >= OTHER for r in list(reads)[:-1])


def _differ(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b))


@dataclass(slots=True)
class _Memory:
    reads: deque[Read] = field(default_factory=lambda: deque(maxlen=MOST_READS))
    said: PlateReading | None = None
    tries: int = 0
    idle: int = 0  # frames since the last try


class TrackPlates:
    """Implements `vision.PlateEye`: one for each camera; the reader may be shared."""

    def __init__(self, reader: PlateReader) -> None:
        self._reader = reader
        self._tracks: dict[int, _Memory] = {}

    def look(
        self,
        picture: Picture,
        tracks: Sequence[Track],
        boxes: Sequence[Box],  # noqa: ARG002
    ) -> dict[int, PlateReading]:
        """Read the vehicles that promise most, then say what is known of all."""
        for memory in self._tracks.values():
            memory.idle += 1
        for track in sorted(tracks, key=self._promise, reverse=True)[:EACH_FRAME]:
            if self._promise(track) > 0:
                self._read(picture, track)
        while len(self._tracks) > MOST_TRACKS:
            del self._tracks[next(iter(self._tracks))]
        return {
            t.number: said
            for t in tracks
            if (m := self._tracks.get(t.number)) is not None and (said := m.said) is not None
        }

    def _promise(self, track: Track) -> float:
        """Large things that are not read yet first; read ones are looked at again now and then."""
        if track.label not in VEHICLES:
            return 0.0
        known = self._tracks.get(track.number)
        wide = track.now.box.bottom_right[0] - track.now.box.top_left[0]
        if known is None:
            return wide
        said = known.said
        if said is not None and said.score >= SURE and said.frames >= AGREED:
            return wide / 8 if known.idle >= AGAIN else 0.0
        return wide / (1 + known.tries / 4)

    def _read(self, picture: Picture, track: Track) -> None:
        h, w = picture.shape[:2]
        box = track.now.box
        x0, y0 = int(box.top_left[0] * w), int(box.top_left[1] * h)
        x1, y1 = int(box.bottom_right[0] * w), int(box.bottom_right[1] * h)
        if x1 - x0 < LEAST_PX:
            return
        known = self._tracks.setdefault(track.number, _Memory())
        known.tries, known.idle = known.tries + 1, 0
        read = self._reader.read(picture[y0:y1, x0:x1])
        if read is not None:
            if _another(known.reads, read):
                known.reads.clear()
            known.reads.append(read)
            known.said = vote(known.reads)
