"""Part of a recording, read again: a file watched fast does not wait for its own clips."""

from datetime import datetime, timedelta

from gpu_workers.cameras.sources.clip import Head, NoClip
from gpu_workers.cameras.sources.packets import Packet
from gpu_workers.cameras.sources.stream import Reading, open_stream


def excerpt(
    source: str, reading: Reading, recorded_from: datetime, since: datetime, until: datetime
) -> tuple[Head, list[Packet]]:
    """Packets from the last key frame at or before `since` up to `until`, and the stream's head.

    Raises:
        NoClip: the recording has none there.
        SourceFault: it cannot be read.
    """
    stream = open_stream(source, reading)
    try:
        zero = stream.video.start_time or 0
        back = max(0.0, (since - recorded_from).total_seconds())
        stream.container.seek(zero + int(back / stream.time_base), stream=stream.video)
        kept: list[Packet] = []
        for packet in stream.packets():
            if not packet.size or packet.pts is None:
                continue
            at = recorded_from + timedelta(seconds=(packet.pts - zero) * stream.time_base)
            if packet.is_keyframe and at <= since:
                kept.clear()
            if at > until and packet.dts is not None and packet.dts >= packet.pts:
                break
            kept.append(
                Packet(bytes(packet), packet.pts, packet.dts, packet.duration or 0,
                       packet.is_keyframe, at)
            )  # fmt: skip
        first = next((packet for packet in kept if packet.key), None)
        if first is None:
            raise NoClip("nothing of it there")
        return Head.of(stream.video, first), kept
    finally:
        stream.close()
