"""Sources: files, HLS over HTTP, streams that break off, stall, refuse or lie."""

import itertools
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from cameras_films import film, playlist, serving, street

from gpu_workers.cameras.seen import Frame
from gpu_workers.cameras.sources.backoff import GOOD_S, Backoff
from gpu_workers.cameras.sources.feed import Feed
from gpu_workers.cameras.sources.stream import Reading, SourceFault, accelerates, open_stream
from gpu_workers.cameras.sources.timing import LiveClock

NOON = datetime(2026, 11, 26, 5, tzinfo=UTC)


def _feed(source: str, reading: Reading, sampling: str = "steady", fps: float = 5,
          recorded_from: datetime | None = NOON) -> tuple[Feed, list[Frame]]:  # fmt: skip
    got: list[Frame] = []
    feed = Feed("cam-1", source, sampling, fps, reading, got.append, recorded_from)  # type: ignore[arg-type]
    return feed, got


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    film(folder / "street.mp4", 6)
    film(folder / "still.mp4", 6, lambda _: street(0.5, noise=0))
    playlist(folder)
    return folder


def test_a_recording_is_read_once_at_its_rate_and_timed_by_its_own_clock(films: Path) -> None:
    feed, got = _feed(f"file:{films}/street.mp4", Reading(folder=films))
    feed.run()
    assert [frame.at for frame in got] == [NOON + timedelta(seconds=n / 5) for n in range(30)]
    assert [frame.index for frame in got] == list(range(1, 31))
    assert got[0].picture.shape == (180, 320, 3)
    assert np.abs(got[0].picture.astype(int) - street(0)).mean() < 8  # colours, rows and columns
    assert feed.tally.decoded == 60


@pytest.mark.parametrize("fps", [0.5, 3, 4, 10, 30])
def test_steady_sampling_keeps_its_rate_whatever_the_streams(films: Path, fps: float) -> None:
    feed, got = _feed(f"file:{films}/street.mp4", Reading(folder=films), fps=fps)
    feed.run()
    assert abs(len(got) - 6 * min(fps, 10)) <= 1


def test_what_nobody_looks_at_and_nothing_needs_is_not_decoded(films: Path) -> None:
    between = film(films / "between.mp4", 6, preset="veryfast")  # with pictures of no consequence
    feed, got = _feed(f"file:{between}", Reading(folder=films))
    feed.run()
    assert [frame.at for frame in got] == [NOON + timedelta(seconds=n / 5) for n in range(30)]
    assert np.abs(got[-1].picture.astype(int) - street(5.8)).mean() < 8
    assert feed.tally.received == len(feed.ring.since(NOON)) == 60
    assert 30 <= feed.tally.decoded < 50


def test_key_frames_only_decodes_no_others(films: Path) -> None:
    feed, got = _feed(f"file:{films}/street.mp4", Reading(folder=films), "key_frames")
    feed.run()
    assert feed.tally.decoded == len(got) == 6
    assert len(feed.ring.since(NOON)) == 60  # the clip has them all the same


def test_adaptive_sampling_rests_while_nothing_moves(films: Path) -> None:
    moving, seen = _feed(f"file:{films}/street.mp4", Reading(folder=films), "adaptive")
    moving.run()
    long = film(films / "long.mp4", 20, lambda _: street(0.5, noise=2))
    resting, rested = _feed(f"file:{long}", Reading(folder=films), "adaptive")
    resting.run()
    assert len(seen) == 30
    assert 36 <= len(rested) <= 48  # five seconds in full after the start, then once a second


def test_motion_wakes_the_sampler_at_once(films: Path) -> None:
    wakes = film(films / "wakes.mp4", 16, lambda s: street(0.5 if s < 12 else 0.5 + (s - 12)))
    feed, got = _feed(f"file:{wakes}", Reading(folder=films), "adaptive")
    feed.run()
    late = [frame for frame in got if frame.at >= NOON + timedelta(seconds=12.3)]
    assert len(late) >= 17  # of 18.5 at five a second


def test_a_file_that_stands_for_a_camera_plays_at_its_pace_and_again(films: Path) -> None:
    short = film(films / "short.mp4", 1)
    feed, got = _feed(f"file:{short}", Reading(folder=films), fps=10, recorded_from=None)
    ended = threading.Timer(2.6, feed.stopped.set)
    ended.start()
    began = time.monotonic()
    feed.run()
    assert time.monotonic() - began >= 2.4
    assert 23 <= len(got) <= 28
    steps = [(b.at - a.at).total_seconds() for a, b in itertools.pairwise(got)]
    assert all(step >= 0 for step in steps)
    assert sum(steps) == pytest.approx(2.5, abs=0.4)
    times = [packet.dts for packet in feed.ring.since(got[0].at)]
    assert times == sorted(times)  # type: ignore[type-var]  # across the seam too


def test_hls_over_http_is_read_and_its_end_is_a_fault(films: Path) -> None:
    with serving(films) as (address, _):
        feed, got = _feed(f"{address}/live.m3u8", Reading(), recorded_from=None)
        with pytest.raises(SourceFault, match="ended"):
            feed.run()
    assert feed.tally.decoded == 40
    assert len(got) == 5  # read faster than it was taken: three seconds of it tell no time
    assert feed.tally.state == "live"


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_is_said_as_one_and_names_no_password(films: Path, status: int) -> None:
    with serving(films) as (address, manners):
        manners.status = status
        source = address.replace("http://", "http://user:hush@") + "/live.m3u8"
        feed, _ = _feed(source, Reading(), recorded_from=None)
        with pytest.raises(SourceFault) as fault:
            feed.run()
    assert fault.value.refused
    assert "hush" not in str(fault.value)


def test_a_stalled_stream_is_given_up_after_its_patience(films: Path) -> None:
    with serving(films) as (address, manners):
        manners.stall_after = 9_000
        feed, _ = _feed(f"{address}/live.m3u8", Reading(open_s=1, read_s=1), recorded_from=None)
        began = time.monotonic()
        with pytest.raises(SourceFault):
            feed.run()
    assert time.monotonic() - began < 8


def test_a_truncated_file_gives_what_it_has(films: Path) -> None:
    whole = (films / "live1.ts").read_bytes()
    (films / "half.ts").write_bytes(whole[: len(whole) // 2])
    feed, got = _feed(f"file:{films}/half.ts", Reading(folder=films), fps=10)
    feed.run()
    assert 1 <= len(got) <= 9


def test_a_damaged_stream_goes_on_after_the_damage(films: Path) -> None:
    data = bytearray((films / "live0.ts").read_bytes() + (films / "live1.ts").read_bytes())
    chance = random.Random(3)
    for n in range(len(data) // 3, len(data) // 2):
        data[n] = chance.randrange(256)
    (films / "damaged.ts").write_bytes(data)
    feed, got = _feed(f"file:{films}/damaged.ts", Reading(folder=films), fps=10)
    feed.run()
    assert got[-1].at - got[0].at >= timedelta(seconds=1.5)


def test_noise_is_no_stream(tmp_path: Path) -> None:
    (tmp_path / "noise.mp4").write_bytes(random.Random(1).randbytes(50_000))
    feed, _ = _feed(f"file:{tmp_path}/noise.mp4", Reading(folder=tmp_path))
    with pytest.raises(SourceFault):
        feed.run()


@pytest.mark.parametrize(
    "source",
    ["file:/etc/passwd", "file:../secret.mp4", "gopher://x/y", "concat:a|b", "pipe:0",
     "subfile,,start,0,end,9,,:/etc/passwd"],
)  # fmt: skip
def test_a_worker_opens_nothing_but_what_it_may(tmp_path: Path, source: str) -> None:
    with pytest.raises(SourceFault) as fault:
        open_stream(source, Reading(folder=tmp_path))
    assert fault.value.refused


def test_a_playlist_cannot_name_the_workers_own_files(films: Path) -> None:
    (films / "evil.m3u8").write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{films}/live0.ts\n#EXT-X-ENDLIST\n"
    )
    with serving(films) as (address, _):
        feed, got = _feed(f"{address}/evil.m3u8", Reading(open_s=2, read_s=2))
        with pytest.raises(SourceFault):
            feed.run()
    assert got == []


def test_an_object_of_the_bucket_is_read_over_its_signed_address(films: Path) -> None:
    with serving(films) as (address, manners):
        reading = Reading(sign=lambda key: f"{address}/{key}?signed=1")
        feed, got = _feed("street.mp4", reading)
        feed.run()
    assert len(got) == 30
    assert all("signed=1" in path for path in manners.asked)


def test_without_an_accelerator_software_decodes(films: Path) -> None:
    device = next(name for name in ("vdpau", "cuda", "qsv") if not accelerates(name))
    feed, got = _feed(f"file:{films}/street.mp4", Reading(folder=films, hardware=device))
    feed.run()
    assert len(got) == 30
    assert not feed.tally.hardware


def test_waits_grow_to_a_minute_and_begin_again_after_a_good_run() -> None:
    backoff = Backoff(random.Random(4))
    waits = [backoff.failed() for _ in range(200)]
    assert all(1 <= wait <= 60 for wait in waits)
    assert max(waits[:2]) <= 4 < max(waits[8:])
    assert len({round(wait, 3) for wait in waits}) > 150  # jitter: no two cameras together
    assert backoff.failed(ran_s=GOOD_S) <= 2


class TestLiveClock:
    def _run(self, *, drift: float = 0.0, seconds: int = 400, jitter: float = 0.3) -> tuple[
        LiveClock, list[tuple[float, float]]
    ]:  # fmt: skip
        """A camera whose clock runs `drift` slower than ours; returns (true, said) times."""
        chance, clock, said = random.Random(5), LiveClock(), []
        for n in range(seconds * 5):
            true = 1000 + n / 5
            arrived = datetime.fromtimestamp(true + 0.05 + chance.expovariate(1 / jitter), UTC)
            at = clock.at((true - 1000) * (1 - drift), arrived)
            said.append((true, at.timestamp()))
        return clock, said

    def test_network_jitter_does_not_move_pictures(self) -> None:
        _, said = self._run()
        settled = [at - true for true, at in said[200:]]
        assert all(0 <= late < 0.15 for late in settled)

    def test_a_slow_camera_clock_is_followed_and_told(self) -> None:
        clock, said = self._run(drift=0.001, seconds=1000)
        assert clock.drift_s == pytest.approx(1.0, abs=0.15)
        assert all(abs(at - true) < 0.25 for true, at in said[200:])

    def test_the_burst_of_an_opening_tells_no_time(self) -> None:
        clock = LiveClock()
        for n in range(7):  # held back for 0.7 s, then all at once
            clock.at(n / 10, datetime.fromtimestamp(3000.7 + n / 1000, UTC))
            assert not clock.settled
        for n in range(7, 40):
            at = clock.at(n / 10, datetime.fromtimestamp(3000.01 + n / 10, UTC))
            assert clock.settled or n == 7
            assert not clock.settled or at.timestamp() - (3000 + n / 10) == pytest.approx(0.01)

    def test_time_never_runs_backwards(self) -> None:
        _, said = self._run(jitter=1.0)
        assert all(a[1] <= b[1] for a, b in itertools.pairwise(said))

    def test_a_stream_whose_clock_is_set_anew_starts_over(self) -> None:
        clock = LiveClock()
        for n in range(50):
            clock.at(n / 5, datetime.fromtimestamp(2000 + n / 5, UTC))
        at = clock.at(95_443.7, datetime.fromtimestamp(2010, UTC))  # an RTP timestamp wraps
        assert at.timestamp() == pytest.approx(2010, abs=0.1)
        assert clock.jumps == 1
        assert abs(clock.drift_s) < 0.01
