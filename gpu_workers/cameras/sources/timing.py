"""From a stream's presentation times to the wall clock."""

from collections import deque
from datetime import UTC, datetime, timedelta

WINDOW_S = 30.0
BUCKET_S = 1.0
SETTLE_S = 3.0  # of a stream: longer than what an opening holds back
JUMP_S = 10.0  # further than this from where it should be, the stream's clock was set anew
SLEW = 0.05  # at most this share of the time that passed goes into a correction


class LiveClock:
    """Wall clock of a live stream's pictures.

    A picture arrives after it was taken by a delay that varies but is never negative, so the
    smallest (arrival - presentation time) of the last half minute is the best guess of the offset
    between the clocks. The offset follows that minimum slowly: pictures never go back in time, and
    a burst after a stall does not move them. `drift_s` is how far the offset has moved since the
    stream was opened: the camera's clock against ours.

    The first pictures come in a burst, held back while the stream was being opened; when they were
    taken cannot be told, and `settled` is False until pictures come as they are taken.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._first = 0.0
        self._began = 0.0
        self._last_pts = 0.0
        self._last_wall = 0.0
        self._minima: deque[tuple[float, float]] = deque()  # (bucket's start, minimum in it)
        self._before: tuple[float, float] | None = None  # the first picture's, then the last one's
        self._first_pts: float | None = None
        self.jumps = 0
        self.settled = False

    @property
    def drift_s(self) -> float:
        """Seconds that the stream's clock lost (positive) or gained since it was opened."""
        return 0.0 if self._offset is None else self._offset - self._first

    def at(self, pts_s: float, arrived: datetime) -> datetime:
        """When a picture was taken; `pts_s` its presentation time, `arrived` the wall clock."""
        now = arrived.timestamp()
        seen = now - pts_s
        if not self.settled:
            self._settle(pts_s, now)
        if self._offset is None or abs(seen - self._lowest(seen)) > JUMP_S:
            self._restart(now, seen)
        self._note(now, seen)
        passed = max(0.0, pts_s - self._last_pts)
        wanted = self._lowest(seen) - self._offset_now
        most = SLEW * passed
        self._offset = self._offset_now + min(most, max(-most, wanted))
        if now - self._began < WINDOW_S and self.jumps == 0:  # the first delay was one of many
            self._first = self._lowest(seen)
        self._last_pts = pts_s
        self._last_wall = max(self._last_wall, min(now, pts_s + self._offset))
        return datetime.fromtimestamp(self._last_wall, UTC)

    def _settle(self, pts_s: float, now: float) -> None:
        if self._first_pts is None:
            self._first_pts = pts_s
        if self._before is not None:
            took, passed = now - self._before[0], pts_s - self._before[1]
            ready = passed > 0 and took >= passed / 2
            self.settled = ready or abs(pts_s - self._first_pts) >= SETTLE_S
            if self.settled:
                self._offset = None  # what was guessed from the burst is forgotten
        self._before = now, pts_s

    def of(self, pts_s: float, arrived: datetime) -> datetime:
        """The same for a packet, in any order; learns nothing."""
        if self._offset is None:
            return arrived
        return datetime.fromtimestamp(min(pts_s + self._offset, arrived.timestamp()), UTC)

    @property
    def _offset_now(self) -> float:
        return 0.0 if self._offset is None else self._offset

    def _restart(self, now: float, seen: float) -> None:
        if self._offset is not None:
            self.jumps += 1
            self._first += seen - self._offset  # a new zero is no drift
        else:
            self._began, self._first = now, seen
            self._minima.clear()
        self._offset = seen
        self._minima.clear()

    def _lowest(self, default: float) -> float:
        return min((low for _, low in self._minima), default=default)

    def _note(self, now: float, seen: float) -> None:
        if self._minima and now - self._minima[-1][0] < BUCKET_S:
            start, low = self._minima[-1]
            self._minima[-1] = (start, min(low, seen))
        else:
            self._minima.append((now, seen))
        while now - self._minima[0][0] > WINDOW_S:
            self._minima.popleft()


class RecordedClock:
    """Wall clock of a recording's pictures: its first picture was taken at a known time."""

    drift_s = 0.0
    jumps = 0
    settled = True

    def __init__(self, recorded_from: datetime) -> None:
        self._from = recorded_from
        self._zero: float | None = None

    def at(self, pts_s: float, arrived: datetime) -> datetime:
        """When a picture was taken."""
        return self.of(pts_s, arrived)

    def of(self, pts_s: float, _arrived: datetime) -> datetime:
        """When a packet's picture was taken; the first one asked for is the first one taken."""
        if self._zero is None:
            self._zero = pts_s
        return self._from + timedelta(seconds=pts_s - self._zero)
