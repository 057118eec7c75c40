"""Encoded packets into a file that plays, and pictures out of it. Nothing is encoded again."""

import io
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import av
import av.error
import numpy as np

from gpu_workers.cameras.seen import Picture
from gpu_workers.cameras.sources.packets import Packet


class NoClip(Exception):
    """The packets make no film: none is a key frame, or the container refuses the codec."""


@dataclass(frozen=True, slots=True)
class Head:
    """A stream's parameters, kept beyond the stream: a NUT file of its first picture.

    NUT keeps the codec's private data as they came (MP4 would rewrite H.264's), so that a clip can
    be made after the camera has gone.
    """

    data: bytes
    time_base: Fraction

    @staticmethod
    def of(video: Any, packet: Packet) -> "Head":
        """From an open stream and one of its packets."""
        return Head(_muxed(video, video.time_base, [packet], "nut"), video.time_base)


def remuxed(head: Head, packets: Sequence[Packet]) -> bytes:
    """An MP4 of the packets as they are; its time begins at 0 with the first of them.

    Raises:
        NoClip: they cannot be put together.
    """
    first = next((n for n, packet in enumerate(packets) if packet.key), None)
    if first is None:
        raise NoClip("no key frame")
    try:
        with av.open(io.BytesIO(head.data)) as source:
            return _muxed(source.streams.video[0], head.time_base, packets[first:], "mp4")
    except (av.error.FFmpegError, ValueError) as fault:
        raise NoClip(type(fault).__name__) from None


def _muxed(template: Any, time_base: Fraction, packets: Sequence[Packet], form: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=form) as out:
        stream = out.add_stream_from_template(template)
        zero = next((p.dts for p in packets if p.dts is not None), packets[0].pts) or 0
        last = -1
        for packet in packets:
            made = av.Packet(packet.data)
            dts = packet.dts if packet.dts is not None else packet.pts
            last = max(last + 1, (dts or 0) - zero)  # a container refuses times that go back
            made.dts = last
            made.pts = max(last, (packet.pts if packet.pts is not None else zero + last) - zero)
            made.duration, made.time_base = packet.duration, time_base
            made.is_keyframe = packet.key
            made.stream = stream
            out.mux_one(made)
    return file.getvalue()


def pictures_at(
    clip: bytes, packets: Sequence[Packet], moments: Sequence[datetime]
) -> list[tuple[datetime, Picture]]:
    """The clip's picture at each moment: the last one taken by then, or the first there is.

    `packets` are those of the clip, for their wall clocks. Each is given with its own time.

    Raises:
        NoClip: nothing in it can be decoded.
    """
    shown = sorted(packet.at for packet in packets)  # in the order of presentation
    wanted = [max(0, bisect_right(shown, moment) - 1) for moment in moments]
    found: dict[int, Picture] = {}
    n = -1
    try:
        with av.open(io.BytesIO(clip), "r") as container:
            for n, frame in enumerate(container.decode(video=0)):
                if n in wanted:
                    found[n] = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
                if n >= max(wanted):
                    break
    except av.error.FFmpegError:
        pass  # a truncated end: what was decoded counts
    if not found:
        raise NoClip("nothing in it can be decoded")
    kept = sorted(found)
    best = [max((k for k in kept if k <= n), default=kept[0]) for n in wanted]
    return [(shown[min(k, len(shown) - 1)], found[k]) for k in best]
