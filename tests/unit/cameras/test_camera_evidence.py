"""Evidence: original clips that play, stills of the right moments, hashes, and nothing lost."""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from cameras_films import FPS, Picture, film, playlist
from city.contracts.cameras import Box, CameraConfig, Detection
from city.contracts.watching import Intrusion

from gpu_workers.cameras.evidence.drawing import annotated, others
from gpu_workers.cameras.evidence.gather import Gatherer, Witness, detection_of
from gpu_workers.cameras.evidence.spool import Spool
from gpu_workers.cameras.seen import Happening
from gpu_workers.cameras.sources.clip import NoClip, pictures_at, remuxed
from gpu_workers.cameras.sources.excerpt import excerpt
from gpu_workers.cameras.sources.feed import Feed
from gpu_workers.cameras.sources.packets import Packet, PacketRing
from gpu_workers.cameras.sources.stream import Reading

NOON = datetime(2026, 11, 26, 5, tzinfo=UTC)
SQUARE = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))
RULE = Intrusion(
    rule_id="gate", name_vi="Cổng", name_en="Gate", valid_from=NOON, zone=SQUARE, version=3
)
CONFIG = CameraConfig(
    camera_id="cam-1", config_version=1, epoch=7, source="x", place=(16.4, 107.6), model="tiny@1",
    rules=(RULE,),
)  # fmt: skip
PERSON = Box(label="person", score=0.8, top_left=(0.4, 0.2), bottom_right=(0.6, 0.8), track=4)
DIGITS = 8


def numbered(second: float) -> Picture:
    """A picture that says in blocks which one it is."""
    n = round(second * FPS)
    picture = np.full((180, 320, 3), 128, np.uint8)
    for bit in range(DIGITS):
        value = 235 if n >> bit & 1 else 20
        picture[20:60, bit * 40 : bit * 40 + 40] = value
    return picture


def number(picture: Picture) -> int:
    blocks = [picture[30:50, bit * 40 + 10 : bit * 40 + 30].mean() > 128 for bit in range(DIGITS)]
    return sum(1 << bit for bit, on in enumerate(blocks) if on)


def _feed(path: Path, before_s: float = 8) -> Feed:
    feed = Feed("cam-1", f"file:{path}", "steady", 5, Reading(folder=path.parent),
                lambda _: None, NOON, before_s=before_s)  # fmt: skip
    feed.run()
    return feed


@pytest.fixture(scope="module", params=["street.mp4", "live.m3u8", "b_frames.mkv"])
def feed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """Twelve seconds read: from MP4 (avcC), HLS (Annex B) and with reordered pictures."""
    folder = tmp_path_factory.mktemp("evidence")
    if request.param.endswith(".m3u8"):
        path = playlist(folder, 12, draw=numbered)
    else:
        preset = "medium" if "b_frames" in request.param else "ultrafast"
        path = film(folder / request.param, 12, numbered, preset=preset)
    return _feed(path)


class TestRing:
    def test_it_holds_the_last_seconds_from_a_key_frame_on(self, feed: Feed) -> None:
        packets = feed.ring.since(NOON)
        assert packets[0].key
        spans = (packets[-1].at - packets[0].at).total_seconds()
        assert 7.8 <= spans <= 9.2

    def test_it_is_bounded_when_no_key_frame_comes(self) -> None:
        ring = PacketRing(5, most_bytes=10_000)
        for n in range(500):
            at = NOON + timedelta(seconds=n / 10)
            ring.add(Packet(b"x" * 100, n, n, 1, n == 0, at))
            assert ring.size <= 10_000

    def test_what_came_before_the_first_key_frame_is_not_kept(self) -> None:
        ring = PacketRing(5)
        ring.add(Packet(b"x", 0, 0, 1, False, NOON))
        assert ring.since(NOON) == []


def _clip(feed: Feed, since: float) -> tuple[bytes, list[Packet]]:
    packets = feed.ring.since(NOON + timedelta(seconds=since))
    assert feed.head is not None
    return remuxed(feed.head, packets), packets


def test_a_clip_is_the_original_and_plays_from_its_first_picture(feed: Feed) -> None:
    clip, packets = _clip(feed, 6)
    sent = sum(len(packet.data) for packet in packets)
    assert sent <= len(clip) + 500 <= sent + 8_000  # headers only: nothing was encoded again
    with av.open(io.BytesIO(clip), "r") as container:
        frames = list(container.decode(video=0))
        assert container.streams.video[0].codec_context.name == "h264"
    numbers = [number(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)) for frame in frames]
    assert numbers == list(range(numbers[0], 120))
    assert numbers[0] <= 60
    assert frames[0].key_frame
    assert frames[0].time == pytest.approx(0, abs=0.21)  # reordering shifts presentation
    gaps = np.diff([frame.time for frame in frames])
    assert gaps == pytest.approx(0.1, abs=0.01)


def test_stills_are_the_pictures_of_their_moments(feed: Feed) -> None:
    clip, packets = _clip(feed, 5)
    wanted = [NOON + timedelta(seconds=s) for s in (6.01, 7.55, 9.0, 60.0)]
    found = pictures_at(clip, packets, wanted)
    assert [number(picture) for _, picture in found] == pytest.approx([60, 75, 90, 119], abs=1)
    for (at, picture), moment in zip(found[:3], wanted, strict=False):
        assert abs((at - moment).total_seconds()) <= 0.21
        assert abs((at - NOON).total_seconds() * FPS - number(picture)) <= 1


def test_packets_without_a_key_frame_are_no_clip(feed: Feed) -> None:
    assert feed.head is not None
    broken = [packet for packet in feed.ring.since(NOON) if not packet.key]
    with pytest.raises(NoClip):
        remuxed(feed.head, broken)


@dataclass
class Store:
    """An object store and a queue that fail when told."""

    files: dict[str, bytes] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    fail_uploads: int = 0
    fail_sends: int = 0
    down: bool = False

    def upload(self, key: str, data: bytes, _type: str) -> None:
        if self.fail_uploads:
            self.fail_uploads -= 1
            raise ConnectionError("the bucket is away")
        self.files[key] = data

    def send(self, bodies: Sequence[str]) -> set[int]:
        if self.down:
            raise ConnectionError("the queue is away")
        if self.fail_sends:
            self.fail_sends -= 1
            self.bodies += [json.loads(bodies[0])]
            return set(range(1, len(bodies)))
        self.bodies += [json.loads(body) for body in bodies]
        return set()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def gatherer(store: Store) -> Iterator[Gatherer]:
    spool = Spool(store.send)
    gatherer = Gatherer(spool, store.upload, after_s=0.05, retry_s=0.02)
    spool.start()
    gatherer.start()
    yield gatherer
    gatherer.close()
    spool.close()


def _happening(second: float = 9.0, key: str = "t4") -> Happening:
    at = NOON + timedelta(seconds=second)
    return Happening(RULE, key, at - timedelta(seconds=0.5), at, 0.8, (PERSON,))


def _witness(feed: Feed, config: CameraConfig = CONFIG) -> Witness:
    return Witness(config, feed.ring, feed.head, "w-1")


def test_a_detection_comes_at_once_and_again_with_its_evidence(
    feed: Feed, store: Store, gatherer: Gatherer
) -> None:
    gatherer.happened(_happening(), _witness(feed), [PERSON])
    assert gatherer.flush(10)
    first, second = (Detection.model_validate(body) for body in store.bodies)
    assert first.evidence == ()
    assert first.detection_id == second.detection_id
    assert (first.epoch, first.rule_version, first.worker) == (7, 3, "w-1")
    roles = [item.role for item in second.evidence]
    assert roles == ["before", "at", "after", "annotated", "clip"]
    for item in second.evidence:
        data = store.files[item.key]
        assert item.sha256 == hashlib.sha256(data).hexdigest()
        assert item.size == len(data)
        assert item.key.startswith(f"evidence/cam-1/2026/11/26/{first.detection_id}/")
    still = cv2.imdecode(np.frombuffer(store.files[second.evidence[1].key], np.uint8), 1)
    assert number(np.asarray(still, np.uint8)) == pytest.approx(90, abs=1)
    assert abs((second.evidence[1].taken_at - first.at).total_seconds()) <= 0.21


@pytest.mark.parametrize("second", [0.6, 5.0, 11.9])
def test_a_recordings_evidence_is_read_from_the_recording(
    feed: Feed, store: Store, gatherer: Gatherer, second: float
) -> None:
    """Whatever the ring holds by then: a recording is watched faster than it was taken."""
    gatherer.after_s = 2.0
    again = partial(excerpt, feed.source, feed.reading, NOON)
    witness = Witness(CONFIG, PacketRing(1), feed.head, "w-1", "job-1", again)
    gatherer.happened(_happening(second), witness, [])
    assert gatherer.flush(10)
    found = {item["role"]: store.files[item["key"]] for item in store.bodies[1]["evidence"]}
    stills = [
        number(np.asarray(cv2.imdecode(np.frombuffer(found[role], np.uint8), 1), np.uint8))
        for role in ("before", "at", "after")
    ]
    wanted = [max(0, second - 1.5), second, min(11.9, second + 1.5)]
    assert stills == pytest.approx([moment * FPS for moment in wanted], abs=1)


def test_evidence_waits_for_a_bucket_that_is_away(
    feed: Feed, store: Store, gatherer: Gatherer
) -> None:
    store.fail_uploads = 2
    gatherer.happened(_happening(), _witness(feed), [PERSON])
    assert gatherer.flush(15)
    assert len(store.bodies[1]["evidence"]) == 5


def test_without_packets_there_is_a_detection_all_the_same(
    feed: Feed, store: Store, gatherer: Gatherer
) -> None:
    witness = Witness(CONFIG, PacketRing(5), feed.head, "w-1")
    gatherer.happened(_happening(), witness, [])
    assert gatherer.flush(5)
    assert len(store.bodies) == 1


def test_an_id_follows_from_camera_rule_key_and_beginning_alone(feed: Feed) -> None:
    one = detection_of(_happening(), _witness(feed), NOON)
    later = CONFIG.model_copy(update={"epoch": 9})
    assert detection_of(_happening(), _witness(feed, later), datetime.now(UTC)).detection_id == (
        one.detection_id
    )
    other = CONFIG.model_copy(update={"camera_id": "cam-2"})
    ids = {
        one.detection_id,
        detection_of(_happening(key="t5"), _witness(feed), NOON).detection_id,
        detection_of(_happening(second=9.5), _witness(feed), NOON).detection_id,
        detection_of(_happening(), _witness(feed, other), NOON).detection_id,
    }
    assert len(ids) == 4


def _detection(feed: Feed, n: int, *, second: bool = False) -> Detection:
    made = detection_of(_happening(key=f"k{n}"), _witness(feed), NOON)
    if not second:
        return made
    item = {"role": "at", "key": "k", "sha256": "0" * 64, "size": 1, "content_type": "image/jpeg",
            "taken_at": NOON, "signed_at": NOON}  # fmt: skip
    return Detection.model_validate({**made.model_dump(), "evidence": [item]})


def _keys(store: Store) -> list[str]:
    return [body["detection_id"] for body in store.bodies]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Detection]:
    """Thirty first messages and a second one."""
    feed = _feed(film(tmp_path_factory.mktemp("spool") / "a.mp4", 1))
    return [_detection(feed, n) for n in range(30)] + [_detection(feed, 99, second=True)]


class TestSpool:
    def test_everything_is_sent_once_in_order_when_calls_fail_in_part(
        self, made: list[Detection]
    ) -> None:
        store = Store(fail_sends=3)
        spool = Spool(store.send)
        for detection in made[:30]:
            spool.put(detection)
        spool.start()
        assert spool.flush(10)
        spool.close()
        assert _keys(store) == [detection.detection_id for detection in made[:30]]

    def test_nothing_is_lost_while_the_queue_is_away(self, made: list[Detection]) -> None:
        store = Store(down=True)
        spool = Spool(store.send)
        spool.start()
        for detection in made[:30]:
            spool.put(detection)
        assert not spool.flush(0.5)
        store.down = False
        assert spool.flush(10)
        spool.close()
        assert sorted(_keys(store)) == sorted(d.detection_id for d in made[:30])
        assert spool.lost == 0

    def test_when_it_is_full_evidence_makes_room_before_incidents(
        self, made: list[Detection]
    ) -> None:
        store = Store()
        spool = Spool(store.send, most=10)
        for detection in (made[-1], *made[:10]):
            spool.put(detection)
        assert (spool.lost, spool.lost_evidence) == (0, 1)
        spool.put(made[10])
        assert spool.lost == 1
        spool.start()
        assert spool.flush(5)
        spool.close()
        assert _keys(store) == [detection.detection_id for detection in made[1:11]]


def test_the_drawing_shows_the_rule_and_leaves_the_still_alone() -> None:
    picture = np.full((180, 320, 3), 128, np.uint8)
    drawn = annotated(picture, RULE, [PERSON], "cam-1 gate")
    assert (picture == 128).all()
    assert tuple(drawn[18, 160]) == (0, 200, 255)  # the zone's upper edge
    assert tuple(drawn[90, 128]) == (40, 40, 230)  # the box's left edge


def test_what_the_incident_is_about_is_not_among_the_others() -> None:
    other = Box(label="person", score=0.9, top_left=(0.7, 0.2), bottom_right=(0.9, 0.8))
    plate = Box(label="plate", score=0.9, top_left=(0.1, 0.6), bottom_right=(0.2, 0.7))
    own = Box(label="plate", score=0.9, top_left=(0.45, 0.6), bottom_right=(0.55, 0.7))
    again = PERSON.model_copy(update={"track": None, "top_left": (0.41, 0.21)})
    assert others([again, other, plate, own], [PERSON]) == [other, plate]


def test_the_annotated_still_hides_others_and_shows_the_vehicle(
    store: Store, gatherer: Gatherer, tmp_path: Path
) -> None:
    def noisy(second: float) -> Picture:
        return np.random.default_rng(int(second)).integers(0, 255, (180, 320, 3)).astype(np.uint8)

    feed = _feed(film(tmp_path / "noisy.mp4", 12, noisy))
    car = Box(label="car", score=0.9, top_left=(0.1, 0.2), bottom_right=(0.3, 0.6), track=9)
    passer = Box(label="person", score=0.9, top_left=(0.6, 0.2), bottom_right=(0.9, 0.9))
    gatherer.happened(replace(_happening(), boxes=(car,)), _witness(feed), [car, passer])
    assert gatherer.flush(10)
    files = {item["role"]: store.files[item["key"]] for item in store.bodies[1]["evidence"]}
    at, drawn = (
        np.asarray(cv2.imdecode(np.frombuffer(files[role], np.uint8), 1)).astype(int)
        for role in ("at", "annotated")
    )

    def changed(rows: slice, columns: slice) -> float:
        return float(np.abs(at[rows, columns] - drawn[rows, columns]).mean())

    assert changed(slice(45, 80), slice(210, 270)) > 25  # the passer's head
    assert changed(slice(60, 90), slice(45, 80)) < 8  # the car
