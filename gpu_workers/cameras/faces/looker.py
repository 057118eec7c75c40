"""The eye of a face list: looks at the heads of people, now and then, and tells likenesses."""

import logging
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime

from city.contracts.cameras import Box
from city.contracts.watching import FaceList, FaceWanted
from city.kernel.clock import Clock, utc_now

from gpu_workers.cameras.seen import Picture
from gpu_workers.cameras.vision.tracks import Track
from gpu_workers.cameras.vision.view import Sight, View

from .search import FaceEmbedder, FaceSearch, LegalBasis, NotAllowed, Wanted, vector_of

log = logging.getLogger(__name__)
EVERY_S = 1.0  # a person is looked at so often
A_LOOK = 3  # people at most in one frame
HEAD, MARGIN = 0.5, 0.15  # of a person's box: its upper half and some more
LEAST_PX = 32


class FaceListLooker:
    """A `Looker`. A face model is slow beside a detector: while it is busy for another camera, this
    one's frame goes by, and `passed` counts it."""

    def __init__(
        self,
        rule: FaceList,
        embedders: Mapping[str, FaceEmbedder],
        *,
        turn: threading.Lock,
        clock: Clock = utc_now,
    ) -> None:
        self._searches = _searches(rule, embedders)
        self._turn, self._clock = turn, clock
        self._looked: dict[int, datetime] = {}
        self.passed = 0

    @property
    def idle(self) -> bool:
        """Whether there is nothing (any more) that it may look for."""
        return not self._searches

    def look(self, view: View) -> Iterator[Sight]:
        """Likenesses among the people of this moment."""
        at = max(view.at, self._clock())  # neither a slow stream's clock nor ours stretches a basis
        self._searches = [each for each in self._searches if each.covered(at)]
        people = [t for t in view.tracks if t.now.box.label == "person"]
        there = {track.number for track in people}
        self._looked = {n: when for n, when in self._looked.items() if n in there}
        due = [t for t in people if self._due(t, view.at)]
        if not (self._searches and due):
            return
        if not self._turn.acquire(blocking=False):
            self.passed += 1
            return
        try:
            sights = [sight for track in due[:A_LOOK] for sight in self._of(track, view, at)]
        finally:
            self._turn.release()
        yield from sights

    def _due(self, track: Track, at: datetime) -> bool:
        before = self._looked.get(track.number)
        return before is None or (at - before).total_seconds() >= EVERY_S

    def _of(self, track: Track, view: View, at: datetime) -> Iterator[Sight]:
        self._looked[track.number] = view.at
        head = head_of(view.picture, track.now.box)
        if min(head.shape[:2]) < LEAST_PX:
            return
        for search in self._searches:
            try:
                hits = search.look(head, at)
            except NotAllowed:
                continue  # ended between two lines
            for hit in hits:
                yield Sight(
                    key=hit.entry, score=hit.score, boxes=(track.now.box,), track=track.number,
                    said=hit.entry,
                    measures={
                        search.card.metric: round(hit.measure, 4), "line": search.card.line,
                    },
                )  # fmt: skip


def head_of(picture: Picture, box: Box) -> Picture:
    """The upper part of a person, with a margin."""
    high, wide = picture.shape[:2]
    (left, top), (right, bottom) = box.top_left, box.bottom_right
    dx, dy = (right - left) * MARGIN, (bottom - top) * MARGIN
    lower = top + (bottom - top) * HEAD
    return picture[
        max(0, int((top - dy) * high)) : min(high, int(lower * high) + 1),
        max(0, int((left - dx) * wide)) : min(wide, int((right + dx) * wide) + 1),
    ]


def _searches(rule: FaceList, embedders: Mapping[str, FaceEmbedder]) -> list[FaceSearch]:
    """One search for each model. `FaceSearch` refuses what lacks anything; the camera's flag was
    asked for before there was a looker (`CameraMemory`)."""
    made = []
    for model, embedder in embedders.items():
        wanted = [_wanted(each) for each in rule.wanted if each.model == model]
        try:
            made.append(FaceSearch(enabled=True, embedder=embedder, wanted=wanted))
        except NotAllowed as fault:
            log.warning("faces are not searched for with %s: %s", model, fault)
    return made


def _wanted(told: FaceWanted) -> Wanted:
    basis = LegalBasis(told.basis, told.asked_by, told.released_by, told.until)
    return Wanted(told.entry, vector_of(told.vector), basis)
