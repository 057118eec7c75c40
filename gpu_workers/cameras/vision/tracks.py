"""Following things from frame to frame: ByteTrack (Zhang et al. 2022) of the library `trackers`.

One tracker for each group of labels, so that a rider and his motorbike never change names. What was
hidden and comes out where its way leads goes on as the same thing (`rejoin.py`).
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
import supervision as sv
from city.contracts.cameras import Box
from city.contracts.watching import Label
from trackers import BIoU, ByteTrackTracker

from .geometry import near, overlap, size
from .rejoin import Spot, pairs

Floats = npt.NDArray[np.float64]
GROUPS: tuple[tuple[Label, ...], ...] = (
    ("car", "truck", "bus", "motorbike", "bicycle"),
    ("person",),
    ("bag",),
    ("boat",),
    ("fire",),
    ("smoke",),
)  # plates are read inside of their vehicle, not followed
FORGETS = 0.92  # of the votes at each frame: a track that changed over learns its new label
KEPT_S = 60.0  # of a track's path
LOST_S = 2.0
TWICE = 0.7  # boxes of a group that overlap more are two words for one thing
MOST_SPOTS = 1_800
UNITS = 1_000.0  # the tracker's noise is in pixels: shares are scaled to a picture this high


@dataclass(slots=True)
class Track:
    """One thing over time. `label` is what most of it, by score and pixels, was called of late."""

    number: int
    spots: deque[Spot] = field(default_factory=lambda: deque(maxlen=MOST_SPOTS))
    votes: dict[Label, float] = field(default_factory=dict)

    @property
    def label(self) -> Label:
        """By vote."""
        return max(self.votes, key=lambda name: self.votes[name])

    @property
    def now(self) -> Spot:
        """The latest."""
        return self.spots[-1]

    @property
    def began(self) -> datetime:
        """First seen, within what is kept."""
        return self.spots[0].at

    @property
    def score(self) -> float:
        """The mean of the last ten frames."""
        last = list(self.spots)[-10:]
        return sum(s.box.score for s in last) / len(last)

    def add(self, at: datetime, box: Box) -> None:
        """The next frame."""
        for name in self.votes:
            self.votes[name] *= FORGETS
        wide, high = size(box)  # what is larger in the picture is told apart better
        self.votes[box.label] = self.votes.get(box.label, 0.0) + box.score * wide * high
        self.spots.append(Spot(at, box))
        while (at - self.spots[0].at).total_seconds() > KEPT_S:
            self.spots.popleft()

    def since(self, seconds: float) -> Spot | None:
        """Where it was `seconds` ago: the last spot that old, None for younger tracks."""
        for spot in reversed(self.spots):
            if (self.now.at - spot.at).total_seconds() >= seconds:
                return spot
        return None


class Tracker:
    """A camera's things. `step` answers with those that were seen in this very frame."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._groups: dict[int, ByteTrackTracker] = {}
        self._tracks: dict[tuple[int, int], Track] = {}
        self._once: dict[int, list[Spot]] = {}  # by group
        self._before: datetime | None = None  # the frame before
        self._count = 0

    def step(self, at: datetime, boxes: Sequence[Box], aspect: float) -> list[Track]:
        """Follow; times have to rise, a frame from the past is not looked at."""
        seen: list[Track] = []
        for group, labels in enumerate(GROUPS):
            mine = [b for b in boxes if b.label in labels]
            follower = self._groups.get(group)
            if mine or (follower is not None and follower.tracks):
                seen += self._follow(group, at, mine, aspect)
        self._forget(at)
        self._before = at
        return seen

    def _follow(self, group: int, at: datetime, boxes: list[Box], aspect: float) -> Iterable[Track]:
        tracker = self._groups.get(group)
        if tracker is None:
            tracker = self._groups[group] = self._fresh()
        wide = np.array([UNITS * aspect, UNITS])
        corners = np.array([(*b.top_left, *b.bottom_right) for b in boxes]).reshape(-1, 4)
        scores = np.array([b.score for b in boxes], dtype=float)
        kept = once(corners, scores)
        seen = sv.Detections(
            xyxy=corners[kept] * np.tile(wide, 2), confidence=scores[kept], data={"box": kept}
        )
        found = tracker.update(seen, timestamp=at.timestamp())
        if not len(found) or found.tracker_id is None:
            return
        told = [
            (int(number), boxes[int(which)])
            for number, which in zip(found.tracker_id, found.data["box"], strict=True)
        ]
        numbered = {number: box for number, box in told if number >= 0}
        self._begin(group, at, numbered, aspect)
        # Seen once: not a thing yet, but if it becomes one, it began here.
        self._once[group] = [Spot(at, box) for number, box in told if number < 0]
        for number, box in numbered.items():
            track = self._tracks[group, number]
            track.add(at, box)
            yield track

    def _begin(self, group: int, at: datetime, seen: dict[int, Box], aspect: float) -> None:
        """Tracks for new numbers: what was hidden goes on as the track that it was."""
        once_seen = self._once.get(group, [])
        new = {
            n: _first([s for s in once_seen if s.at == self._before], Spot(at, box))
            for n, box in seen.items()
            if (group, n) not in self._tracks
        }
        if not new:
            return
        lost = {
            n: track.spots
            for (of, n), track in self._tracks.items()
            if of == group and n not in seen
        }
        again = pairs(lost, new, aspect)
        for number, first in new.items():
            if number in again:  # one spot for each frame: rules compare it with the one before
                self._tracks[group, number] = self._tracks.pop((group, again[number]))
                continue
            self._count += 1
            track = self._tracks[group, number] = Track(self._count)
            if first.at < at:
                track.add(first.at, first.box)

    def _fresh(self) -> ByteTrackTracker:
        return ByteTrackTracker(
            lost_track_buffer=round(LOST_S * 30),
            frame_rate=self._fps,
            track_activation_threshold=0.45,
            high_conf_det_threshold=0.45,
            minimum_consecutive_frames=2,
            minimum_iou_threshold=0.15,
            iou=BIoU(0.1),
        )

    def _forget(self, at: datetime) -> None:
        old = [k for k, t in self._tracks.items() if (at - t.now.at).total_seconds() > 2 * LOST_S]
        for key in old:
            del self._tracks[key]


def _first(before: Sequence[Spot], now: Spot) -> Spot:
    """The spot of the frame before that the tracker made this new thing of."""
    shared, spot = max(
        ((overlap(each.box, now.box), each) for each in before),
        key=lambda found: found[0], default=(0.0, now),
    )  # fmt: skip
    return spot if shared > 0 or near(spot.box, now.box) else now


def once(corners: Floats, scores: Floats) -> npt.NDArray[np.intp]:
    """Which boxes (n, 4) stay: a bus that is also a truck is one thing, the better word stays.

    The library's own suppression does the same in ten times the time for a few boxes.
    """
    every = np.arange(len(scores))
    if len(every) < 2:
        return every
    low = np.maximum(corners[:, None, :2], corners[None, :, :2])
    high = np.minimum(corners[:, None, 2:], corners[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area = (corners[:, 2:] - corners[:, :2]).prod(axis=1)
    twice = shared > TWICE * (area[:, None] + area[None, :] - shared)
    if np.count_nonzero(twice) <= len(every):  # each covers only itself
        return every
    kept: list[int] = []
    for n in np.argsort(-scores, kind="stable").tolist():
        if not twice[n, kept].any():
            kept.append(n)
    return np.sort(np.asarray(kept, np.intp))
