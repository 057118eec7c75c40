"""From a happening to a detection and its evidence.

The detection goes out at once; its evidence follows when the seconds after the incident have been
seen and everything is uploaded. A gatherer that cannot keep up leaves evidence out, never events.
"""

import hashlib
import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import cv2
from city.contracts.cameras import Box, CameraConfig, Detection, EvidenceItem
from city.contracts.watching import WaterLevel
from city.kernel.clock import HUE, Clock, utc_now
from city.kernel.ids import derived_id

from gpu_workers.cameras.evidence.drawing import annotated, others
from gpu_workers.cameras.evidence.spool import Spool, Upload
from gpu_workers.cameras.faces import blur
from gpu_workers.cameras.seen import Happening, Picture
from gpu_workers.cameras.sources.clip import Head, NoClip, pictures_at, remuxed
from gpu_workers.cameras.sources.packets import Packet, PacketRing

log = logging.getLogger(__name__)
BEFORE_S, AFTER_S = 6.0, 4.0
STILL_BEFORE_S, STILL_AFTER_S = 1.0, 1.5
MOST_OPEN = 200  # incidents whose evidence is awaited
QUALITY = 88
TRIES = 8  # about four minutes

Role = Literal["before", "at", "after", "annotated", "clip"]


Excerpt = Callable[[datetime, datetime], tuple[Head, list[Packet]]]


@dataclass(frozen=True, slots=True)
class Witness:
    """A camera, as far as evidence needs it. `head` is None until a key frame came."""

    config: CameraConfig
    ring: PacketRing
    head: Head | None
    worker: str
    job_id: str | None = None
    excerpt: Excerpt | None = None  # of a recording, which is read again for its evidence


@dataclass(slots=True)
class _Open:
    detection: Detection
    happening: Happening
    witness: Witness
    seen: Sequence[Box]  # everything the detector saw in the frame
    packets: list[Packet]
    tries: int = 0


def detection_of(happening: Happening, witness: Witness, now: datetime) -> Detection:
    """The message; its id follows from camera, rule, key and beginning, so a repeat is the same."""
    rule, config = happening.rule, witness.config
    parts = [config.camera_id, rule.rule_id, happening.key, witness.job_id or ""]
    return Detection(
        detection_id=derived_id(happening.started_at, *parts),
        camera_id=config.camera_id,
        epoch=config.epoch,
        worker=witness.worker,
        rule_id=rule.rule_id,
        rule_version=rule.version,
        kind=rule.kind,
        severity=rule.severity,
        started_at=happening.started_at,
        at=happening.at,
        seen_at=now,
        model=config.model,
        score=happening.score,
        boxes=happening.boxes,
        plate=happening.plate,
        measures=happening.measures,
        said=happening.said,
        stream=rule.stream if isinstance(rule, WaterLevel) else None,
        simulated=config.simulated,
        job_id=witness.job_id,
    )


@dataclass(slots=True)
class Gatherer:
    """Sends detections and gathers their evidence in a thread of its own."""

    spool: Spool
    upload: Upload
    clock: Clock = utc_now
    after_s: float = AFTER_S
    retry_s: float = 1.0
    skipped: int = 0
    _due: list[tuple[float, int, _Open]] = field(default_factory=list)
    _number: "itertools.count[int]" = field(default_factory=itertools.count)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False
    _busy: bool = False
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to gather."""
        self._thread = threading.Thread(target=self._run, name="evidence", daemon=True)
        self._thread.start()

    def happened(self, happening: Happening, witness: Witness, seen: Sequence[Box]) -> Detection:
        """Send a detection at once and see to its evidence; readings of a gauge have none."""
        detection = detection_of(happening, witness, self.clock())
        self.spool.put(detection)
        if isinstance(happening.rule, WaterLevel) or witness.head is None:
            return detection
        since = happening.started_at - timedelta(seconds=BEFORE_S)
        wait_s = 0.0 if witness.excerpt else self.after_s
        taken = _Open(detection, happening, witness, list(seen), witness.ring.since(since))
        with self._changed:
            if len(self._due) >= MOST_OPEN:
                self.skipped += 1
                return detection
            heapq.heappush(self._due, (time.monotonic() + wait_s, next(self._number), taken))
            self._changed.notify_all()
        return detection

    def flush(self, seconds: float, *, hurry: bool = False) -> bool:
        """Wait until all evidence is sent; `hurry`: with the seconds that there are by now."""
        with self._changed:
            if hurry:
                self._due = [(0.0, n, taken) for _, n, taken in self._due]
                heapq.heapify(self._due)
                self._changed.notify_all()
            done = self._changed.wait_for(lambda: not self._due and not self._busy, seconds)
        return self.spool.flush(seconds) and done

    def waiting(self, job_id: str) -> bool:
        """Whether evidence of a job is still awaited."""
        with self._changed:
            return self._busy or any(o.witness.job_id == job_id for _, _, o in self._due)

    def close(self) -> None:
        """Stop."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closed:
            taken = self._next()
            if taken is None:
                continue
            again = not self._gathered(taken)
            with self._changed:
                if again and taken.tries < TRIES:
                    wait = time.monotonic() + self.retry_s * 2**taken.tries
                    heapq.heappush(self._due, (wait, next(self._number), taken))
                elif again:
                    self.skipped += 1
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> _Open | None:
        with self._changed:
            wait = min(0.5, max(0.0, self._due[0][0] - time.monotonic())) if self._due else 0.5
            if wait:
                self._changed.wait(wait)
            if self._due and self._due[0][0] <= time.monotonic() and not self._closed:
                self._busy = True
                return heapq.heappop(self._due)[2]
            return None

    def _gathered(self, taken: _Open) -> bool:
        taken.tries += 1
        try:
            files = list(self._files(taken))
            made = tuple(self._kept(taken.detection, *file) for file in files)
        except NoClip as fault:
            log.warning("no evidence of %s: %s", taken.detection.detection_id, fault)
            return True
        except Exception as fault:  # noqa: BLE001 - an object store's errors have no common base
            log.warning("evidence of %s waits: %s", taken.detection.detection_id,
                        type(fault).__name__)  # fmt: skip
            return False
        self.spool.put(taken.detection.model_copy(update={"evidence": made}))
        return True

    def _files(self, taken: _Open) -> list[tuple[Role, bytes, str, datetime]]:
        happening, witness = taken.happening, taken.witness
        head, packets = self._stretch(taken)
        clip = remuxed(head, packets)
        packets = packets[next(n for n, packet in enumerate(packets) if packet.key) :]
        moments = [
            happening.started_at - timedelta(seconds=STILL_BEFORE_S),
            happening.at,
            happening.at + timedelta(seconds=STILL_AFTER_S),
        ]
        before, at, after = pictures_at(clip, packets, moments)
        caption = f"{witness.config.camera_id}  {happening.rule.rule_id} v{happening.rule.version}"
        caption += f"  {at[0].astimezone(HUE):%Y-%m-%d %H:%M:%S}"
        own = happening.boxes
        tracks = {box.track for box in own if box.track is not None}
        safe = blur(at[1], [*own, *others(taken.seen, own)], keep=tracks)
        drawn = annotated(safe, happening.rule, happening.boxes, caption)
        return [
            ("before", _jpeg(before[1]), "image/jpeg", before[0]),
            ("at", _jpeg(at[1]), "image/jpeg", at[0]),
            ("after", _jpeg(after[1]), "image/jpeg", after[0]),
            ("annotated", _jpeg(drawn), "image/jpeg", at[0]),
            ("clip", clip, "video/mp4", packets[0].at),
        ]

    def _stretch(self, taken: _Open) -> tuple[Head, list[Packet]]:
        """The packets around the incident."""
        happening, witness = taken.happening, taken.witness
        until = happening.at + timedelta(seconds=self.after_s)
        if witness.excerpt:
            return witness.excerpt(happening.started_at - timedelta(seconds=BEFORE_S), until)
        if taken.tries == 1:  # later the ring has moved on
            joined = _joined(taken.packets, witness.ring)
            taken.packets = [packet for packet in joined if packet.at <= until]
        assert witness.head is not None  # noqa: S101 - `happened` takes no other
        return witness.head, taken.packets

    def _kept(self, detection: Detection, role: Role, data: bytes, content_type: str,
              taken_at: datetime) -> EvidenceItem:  # fmt: skip
        digest = hashlib.sha256(data).hexdigest()
        signed = self.clock()
        ending = "mp4" if role == "clip" else "jpg"
        key = (
            f"evidence/{detection.camera_id}/{detection.started_at:%Y/%m/%d}"
            f"/{detection.detection_id}/{role}.{ending}"
        )
        self.upload(key, data, content_type)
        return EvidenceItem(
            role=role, key=key, sha256=digest, size=len(data), content_type=content_type,
            taken_at=taken_at, signed_at=signed,
        )  # fmt: skip


def _joined(before: list[Packet], ring: PacketRing) -> list[Packet]:
    """What was there at the incident, and what has come since on the same opening."""
    if not before:
        return []
    last = before[-1]
    later = ring.since(before[0].at)
    place = next((n for n, packet in enumerate(later) if packet is last), None)
    return before if place is None else before + later[place + 1 :]


def _jpeg(picture: Picture) -> bytes:
    ok, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not ok:
        raise NoClip("a picture that JPEG cannot hold")
    return bytes(data)
