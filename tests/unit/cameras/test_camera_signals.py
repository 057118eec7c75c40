"""A worker asks what signals showed; frames wait for it; without an answer nobody is accused."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from cameras_city import KEY, Registry, registry_on_loopback
from city.contracts.cameras import Box, CameraConfig
from city.contracts.signals import EventState, SignalHead, SignalHeads, Spell
from city.contracts.watching import Intrusion, RedLight, StopLine

from gpu_workers.cameras.city import HttpCity, Unreachable
from gpu_workers.cameras.seen import Frame, Happening
from gpu_workers.cameras.signals import MOST_WAITING, WAIT, Patience, Signals, heads_of
from gpu_workers.cameras.vision import make_watch

T0 = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NAMED = {"name_vi": "Đèn", "name_en": "Light", "valid_from": T0 - timedelta(days=1)}
RED = RedLight(
    rule_id="red", stop_line=((0.1, 0.5), (0.9, 0.5)), direction=(0, -1),
    controller="nga-sau/2", **NAMED,
)  # fmt: skip
CONFIG = CameraConfig(
    camera_id="cam-1", config_version=1, epoch=1, source="file:x", place=(16.4, 107.6),
    model="m@1", rules=(RED,),
)  # fmt: skip
PICTURE = np.zeros((36, 64, 3), dtype=np.uint8)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def head(known_until: float, red_from: float, name: str = "nga-sau/2") -> SignalHead:
    """Green, then red since a moment; vouched for up to another."""
    told: list[tuple[EventState, float, float]] = [
        ("protected-Movement-Allowed", -20, min(red_from, known_until))
    ]
    if known_until > red_from:
        told.append(("stop-And-Remain", red_from, known_until))
    spells = [
        Spell(state=state, began_at=at(began), known_until=at(until))
        for state, began, until in told
    ]
    return SignalHead(head=name, spells=tuple(spells), error_s=0.1)


class Told:
    """A city that tells what its controllers have told by a moment."""

    def __init__(self, red_from: float, lag: float = 1.5) -> None:
        self.now, self.red_from, self.lag = 0.0, red_from, lag
        self.silent = False

    def ask(self, heads: Sequence[str]) -> SignalHeads:
        if self.silent:
            raise Unreachable("no")
        assert heads == ["nga-sau/2"]
        return SignalHeads(heads=(head(self.now - self.lag, self.red_from),))

    def clock(self) -> datetime:
        return at(self.now)


def car(second: float) -> Box:
    """A car that drives up the picture; its front crosses at 3 s, its rear at 4 s."""
    bottom = 0.9 - 0.1 * second
    return Box(label="car", score=0.9, top_left=(0.45, bottom - 0.25), bottom_right=(0.6, bottom))


def driven(told: Told, seconds: float = 9, poll_s: float = 1.0) -> list[Happening]:
    """A camera at five frames a second, its worker asking now and then."""
    signals = Signals(told.ask)
    patience = Patience(signals, told.clock, heads_of(CONFIG.rules))
    signals.want("cam-1", patience.heads)
    watch = make_watch(CONFIG, plates=None, signals=signals)
    found: list[Happening] = []
    for n in range(int(seconds * 5)):
        told.now = n / 5
        if told.now % poll_s < 0.01 and not told.silent:
            signals.poll()
        moment = at(told.now)
        box = [car(told.now)] if told.now < 6 else []
        for frame, boxes in patience.ready(Frame("cam-1", PICTURE, moment, n), box):
            found += [signals.with_error(each) for each in watch.step(frame, boxes)]
    return found


def test_who_crosses_long_after_red_is_told_although_the_word_came_later() -> None:
    (found,) = driven(Told(red_from=1.0))
    # The front crosses at 3 s; red began at 1 s, give or take 0.3 s: at least 1.7 s after it.
    assert 1.4 <= found.measures["after_red_s"] <= 1.75
    assert found.measures["phase_error_s"] == pytest.approx(0.3)
    assert at(3.8) <= found.at <= at(4.6)  # the frame's time, not the time of the answer


@pytest.mark.parametrize("red_from", [2.9, 3.2, 3.6])
def test_who_crosses_at_the_change_is_not_accused(red_from: float) -> None:
    assert driven(Told(red_from)) == []


def test_a_controller_that_falls_silent_accuses_nobody_and_makes_no_frame_wait() -> None:
    told = Told(red_from=1.0)
    told.silent = True
    assert driven(told) == []
    signals = Signals(told.ask)
    patience = Patience(signals, told.clock, heads_of(CONFIG.rules))
    frame = Frame("cam-1", PICTURE, at(0), 0)
    assert [f for f, _ in patience.ready(frame, [])] == [frame]
    signals.want("cam-1", patience.heads)
    with pytest.raises(Unreachable):
        signals.poll()


def test_a_slow_controller_is_waited_for_only_so_long() -> None:
    assert driven(Told(red_from=1.0, lag=WAIT.total_seconds() + 1)) == []


def test_waiting_frames_are_few_and_in_order() -> None:
    told = Told(red_from=1.0)
    signals = Signals(told.ask)
    signals.want("cam-1", frozenset({"nga-sau/2"}))
    told.now = 1.5
    signals.poll()  # knows up to 0 s
    patience = Patience(signals, told.clock, frozenset({"nga-sau/2"}))
    frames = [Frame("cam-1", PICTURE, at(1 + n / 50), n) for n in range(MOST_WAITING + 5)]
    out = [frame.index for each in frames for frame, _ in patience.ready(each, [])]
    assert out == list(range(5))
    told.now = 4
    signals.poll()
    last = Frame("cam-1", PICTURE, at(2), 99)
    assert [frame.index for frame, _ in patience.ready(last, [])] == [
        *range(5, MOST_WAITING + 5), 99
    ]  # fmt: skip


def test_heads_are_those_of_rules_that_ask_a_controller() -> None:
    zone = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    stop = StopLine(rule_id="stop", zone=zone, controller="cau", **NAMED)
    gate = Intrusion(rule_id="gate", zone=zone, **NAMED)
    assert heads_of((RED, stop, gate)) == {"nga-sau/2", "cau/1"}


def test_one_request_asks_for_all_cameras_and_none_where_nobody_needs_it() -> None:
    with registry_on_loopback(registry := Registry()) as address:
        signals = Signals(HttpCity(address, KEY).signals)
        signals.poll()
        assert registry.asked == []
        registry.signals["nga-sau/2"] = head(10, 1)
        signals.want("cam-1", frozenset({"nga-sau/2"}))
        signals.want("cam-2", frozenset({"nga-sau/2", "cau/1"}))
        signals.poll()
        assert registry.asked == [["cau/1", "nga-sau/2"]]
        assert signals.phase("nga-sau/2", at(5)) == ("red", at(1.3))
        assert signals.phase("cau/1", at(5))[0] == "unknown"
        signals.want("cam-2", frozenset())
        signals.poll()
        assert registry.asked[-1] == ["nga-sau/2"]
    with registry_on_loopback(Registry()) as address, pytest.raises(Unreachable):
        HttpCity(address, "wrong").signals(["nga-sau/2"])
