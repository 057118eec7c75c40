"""RTSP through FFmpeg's client, against a camera that we can make misbehave."""

import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from cameras_films import street
from cameras_rtsp import Behaviour, camera

from gpu_workers.cameras.seen import Frame
from gpu_workers.cameras.sources.feed import Feed
from gpu_workers.cameras.sources.stream import Reading, SourceFault


def _feed(source: str, read_s: float = 3.0) -> tuple[Feed, list[Frame]]:
    got: list[Frame] = []
    reading = Reading(open_s=3, read_s=read_s)
    return Feed("cam-1", source, "steady", 10, reading, got.append), got


def _fault(feed: Feed) -> SourceFault:
    with pytest.raises(SourceFault) as fault:
        feed.run()
    return fault.value


def test_a_stream_is_read_in_order_with_its_wall_clock() -> None:
    began = datetime.now(UTC)
    with camera(3) as (address, told):
        feed, got = _feed(address)
        _fault(feed)  # the camera hangs up at the end
        shown = told.shown
    assert shown == 30
    assert len(got) >= 15  # what came while it was being opened tells no time
    steps = np.diff([frame.at.timestamp() for frame in got])
    assert (steps >= 0).all()
    assert got[-1].at.timestamp() - got[0].at.timestamp() == pytest.approx(
        (len(got) - 1) / 10, abs=0.3
    )
    assert 0 <= (got[0].at - began).total_seconds() < 3
    last = street(2.9).astype(int)
    assert np.abs(got[-1].picture.astype(int) - last).mean() < 8
    assert feed.ring.since(began)[0].key


def test_a_camera_that_falls_silent_is_given_up_in_time() -> None:
    with camera(3, Behaviour(stall_after=18)) as (address, _):
        feed, got = _feed(address, read_s=1)
        began = time.monotonic()
        fault = _fault(feed)
    assert time.monotonic() - began < 5
    assert not fault.refused
    assert got


def test_a_camera_that_hangs_up_is_a_fault() -> None:
    with camera(3, Behaviour(hang_up_after=8)) as (address, _):
        feed, _ = _feed(address)
        assert not _fault(feed).refused


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_is_one_and_names_no_password(status: int) -> None:
    with camera(1, Behaviour(refuse=status)) as (address, _):
        feed, _ = _feed(address)
        fault = _fault(feed)
    assert fault.refused
    assert "hush" not in str(fault)


def test_nobody_there_is_a_fault_at_once() -> None:
    feed, _ = _feed("rtsp://127.0.0.1:9/live")
    began = time.monotonic()
    assert not _fault(feed).refused
    assert time.monotonic() - began < 5


def test_a_feed_is_stopped_while_it_reads() -> None:
    with camera(6) as (address, _):
        feed, got = _feed(address)
        thread = threading.Thread(target=feed.run)
        thread.start()
        deadline = time.monotonic() + 5
        while not got and time.monotonic() < deadline:
            time.sleep(0.05)
        feed.stopped.set()
        thread.join(2)
        assert not thread.is_alive()
