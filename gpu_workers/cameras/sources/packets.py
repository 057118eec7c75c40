"""The last seconds of a stream as they came over the wire, from a key frame on."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime

MOST_BYTES = 24_000_000  # 8 s before an incident at 16 Mbit/s and its key-frame interval


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded picture. Times in the stream's time base; `at` is the wall clock."""

    data: bytes
    pts: int | None
    dts: int | None
    duration: int
    key: bool
    at: datetime


class PacketRing:
    """Whole groups of pictures, so that what is in it can always be played from its beginning.

    Holds at least the last `seconds` (from the key frame before), and at most `most_bytes`: a
    camera without key frames loses its past, never the worker's memory.
    """

    def __init__(self, seconds: float, most_bytes: int = MOST_BYTES) -> None:
        self._seconds = seconds
        self._most = most_bytes
        self._groups: deque[list[Packet]] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._bytes

    def add(self, packet: Packet) -> None:
        """Put the newest packet in; what came before the first key frame cannot be played."""
        with self._lock:
            if packet.key:
                self._groups.append([packet])
            elif self._groups:
                self._groups[-1].append(packet)
            else:
                return
            self._bytes += len(packet.data)
            while len(self._groups) > 1 and self._enough(packet.at):
                self._bytes -= sum(len(p.data) for p in self._groups.popleft())
            while self._bytes > self._most and self._groups:
                self._bytes -= sum(len(p.data) for p in self._groups.popleft())

    def _enough(self, now: datetime) -> bool:
        """Whether the second group alone reaches back far enough."""
        return (now - self._groups[1][0].at).total_seconds() >= self._seconds

    def since(self, moment: datetime) -> list[Packet]:
        """Everything from the last key frame at or before `moment`, or all there is."""
        with self._lock:
            groups = list(self._groups)
            begin = 0
            for n, group in enumerate(groups):
                if group[0].at <= moment:
                    begin = n
            return [packet for group in groups[begin:] for packet in group]

    def clear(self) -> None:
        """The stream was opened anew: its time base and parameters may differ."""
        with self._lock:
            self._groups.clear()
            self._bytes = 0
