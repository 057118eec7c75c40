"""One camera's stream from its address to sampled pictures. Runs in the camera's own thread."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from city.contracts.cameras import CameraState, Sampling
from city.kernel.clock import Clock, utc_now

from gpu_workers.cameras.seen import Frame
from gpu_workers.cameras.sources.clip import Head
from gpu_workers.cameras.sources.condition import Condition
from gpu_workers.cameras.sources.packets import Packet, PacketRing
from gpu_workers.cameras.sources.sampling import Grey, Sampler
from gpu_workers.cameras.sources.stream import Reading, SourceFault, Stream, open_stream
from gpu_workers.cameras.sources.timing import LiveClock, RecordedClock

SMALL = (160, 90)
DETAIL = (180, 320)  # height, width
LOOK_S = 1.0
_PLANAR = ("yuv420p", "yuvj420p", "nv12", "yuv422p", "yuvj422p", "yuv444p", "gray")


@dataclass(slots=True)
class Tally:
    """What a feed did so far; written by its thread, read by others."""

    state: CameraState = "starting"
    last_at: datetime | None = None
    last_seen: float = 0.0  # monotonic
    received: int = 0  # encoded pictures; those that nobody wants need not be decoded
    decoded: int = 0
    sampled: int = 0
    faults: int = 0
    opened: int = 0
    hardware: bool = False
    drift_s: float = 0.0


@dataclass(slots=True)
class Feed:
    """A source and what is kept of it. `put` takes each sampled picture."""

    camera_id: str
    source: str
    sampling: Sampling
    fps: float
    reading: Reading
    put: Callable[[Frame], None]
    recorded_from: datetime | None = None  # a recording: once, and as fast as it goes
    before_s: float = 8.0
    clock: Clock = utc_now
    monotonic: Callable[[], float] = time.monotonic
    stopped: threading.Event = field(default_factory=threading.Event)
    again: threading.Event = field(default_factory=threading.Event)  # the address has changed
    tally: Tally = field(default_factory=Tally)
    condition: Condition = field(default_factory=Condition)
    _times: LiveClock | RecordedClock = field(default_factory=LiveClock)
    # One for all pictures: a picture's own would plan its conversion anew each time.
    _colours: VideoReformatter = field(default_factory=VideoReformatter)
    _index: int = 0
    _looked_s: float = float("-inf")
    ring: PacketRing = field(init=False)
    sampler: Sampler = field(init=False)
    head: Head | None = None  # the codec's parameters, for clips

    def __post_init__(self) -> None:
        self.ring = PacketRing(self.before_s)
        self.sampler = Sampler(self.sampling, self.fps)

    def run(self) -> None:
        """Open and read until a recording ends, or the feed is stopped or to be opened again.

        Raises:
            SourceFault: it could not be opened, or it broke off.
        """
        self.again.clear()
        stream = open_stream(self.source, self.reading, key_frames=self.sampling == "key_frames")
        self._begin(stream)
        try:
            self._read(stream)
        finally:
            stream.close()

    def resample(self, sampling: Sampling, fps: float) -> None:
        """Take another rate from the next picture on; key frames only: from the next opening on."""
        if (sampling, fps) != (self.sampling, self.fps):
            self.sampling, self.fps = sampling, fps
            self.sampler = Sampler(sampling, fps)

    def _begin(self, stream: Stream) -> None:
        self.ring.clear()
        self.tally.opened += 1
        self.tally.hardware = stream.hardware
        self.head = None
        live = self.recorded_from is None
        self._times = LiveClock() if live else RecordedClock(self.recorded_from or self.clock())
        self.sampler = Sampler(self.sampling, self.fps)
        self._looked_s = float("-inf")

    def _read(self, stream: Stream) -> None:
        """Files and objects that stand for a camera are played at their own pace, and again."""
        played = stream.kind in ("file", "object") and self.recorded_from is None
        began, shift, last = self.monotonic(), 0, 0
        while True:
            first: int | None = None
            for packet in stream.packets():
                if self.stopped.is_set() or self.again.is_set():
                    return
                if packet.dts is not None:
                    first = packet.dts if first is None else first
                    ends = packet.dts + (packet.duration or 1)
                    last = max(last, ends - first + shift)
                    if played and not self._on_time(began, packet.dts - first + shift, stream):
                        return
                offset = shift - (first or 0) if played else 0
                self._keep(packet, stream, offset)
                for picture in stream.pictures(packet, spare=self._spare(packet, stream, offset)):
                    if picture.pts is not None:  # damaged: of no known time
                        self._picture(picture, (picture.pts + offset) * stream.time_base)
            self.tally.faults = stream.faults
            if not played:
                if self.recorded_from is None:
                    raise SourceFault("the stream ended")
                return
            if first is None:
                raise SourceFault("there is no picture in it", refused=True)
            shift = last
            stream.rewind()

    def _on_time(self, began: float, ticks: int, stream: Stream) -> bool:
        """Wait until a played file's packet is due; False when the feed was stopped."""
        early = began + ticks * stream.time_base - self.monotonic()
        return not (early > 0 and self.stopped.wait(early))

    def _spare(self, packet: Any, stream: Stream, offset: int) -> bool:
        """Whether nobody will look at this packet's picture."""
        if packet.pts is None or not packet.duration or not self._times.settled:
            return False
        at_s = (packet.pts + offset) * stream.time_base
        return not self.sampler.wants(at_s, packet.duration * stream.time_base)

    def _keep(self, packet: Any, stream: Stream, offset: int) -> None:
        if not packet.size:
            return
        self.tally.received += 1
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is None:
            return
        at = self._times.of((pts + offset) * stream.time_base, self.clock())
        dts = None if packet.dts is None else packet.dts + offset
        kept = Packet(
            bytes(packet), pts + offset, dts, packet.duration or 0, packet.is_keyframe, at
        )
        if self.head is None and kept.key:
            self.head = Head.of(stream.video, kept)
        self.ring.add(kept)

    def _picture(self, picture: Any, at_s: float) -> None:
        tally = self.tally
        tally.decoded += 1
        at = self._times.at(at_s, self.clock())
        tally.last_at, tally.last_seen = at, self.monotonic()
        tally.drift_s = self._times.drift_s
        if not self._times.settled or not self.sampler.due(at_s):
            return
        if self._worth(picture, at_s):
            tally.sampled += 1
            self._index += 1
            seen = self._colours.reformat(picture, format="bgr24", threads=1)
            self.put(
                Frame(self.camera_id, np.asarray(seen.to_ndarray(), np.uint8), at, self._index)
            )

    def _worth(self, picture: Any, at_s: float) -> bool:
        """Whether a picture that is due is looked at; its brightness is made only when needed."""
        looks = abs(at_s - self._looked_s) >= LOOK_S
        if not looks and self.sampling != "adaptive":
            return self.sampler.take(at_s, None)
        bright = brightness(picture)
        small = shrunk(bright)
        if looks:
            self._looked_s = at_s
            self.tally.state = self.condition.look(small, middle(bright), at_s)
        return self.sampler.take(at_s, small)


def brightness(picture: Any) -> Grey:
    """A decoded picture's brightness, height x width, without a copy where the format allows."""
    if picture.format.name not in _PLANAR:
        return np.asarray(picture.to_ndarray(format="gray"))
    plane = picture.planes[0]
    rows: Grey = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: picture.height, : picture.width]


def shrunk(bright: Grey) -> Grey:
    """160 x 90, each pixel an average; of large pictures every second or third pixel is enough."""
    step = max(1, bright.shape[1] // 640)
    return np.asarray(cv2.resize(bright[::step, ::step], SMALL, interpolation=cv2.INTER_AREA))


def middle(bright: Grey) -> Grey:
    """The middle of a picture at its own size, for sharpness."""
    (height, width), (tall, wide) = bright.shape, DETAIL
    top, left = max(0, (height - tall) // 2), max(0, (width - wide) // 2)
    return np.ascontiguousarray(bright[top : top + tall, left : left + wide])
