"""Traffic signals: reports in any order leave the same; who may report, what is known when."""

import json
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from cameras_world import OPERATOR, PEPPER, World
from city.adapters.gateways import GatewayKeys, GatewayRefused
from city.cameras import rules, signals
from city.cameras.signals import HISTORY, NewSignal, joined
from city.contracts.signals import EventState, PhaseEvent, PhaseReport, SignalHead, Spell
from city.contracts.watching import RedLight
from city.kernel.page import PageQuery
from city.kernel.problems import Invalid, NotFound
from city.kernel.text import Text
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

T0 = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
# A cycle of half a minute: each state with its seconds.
CYCLE: tuple[tuple[EventState, float], ...] = (
    ("stop-And-Remain", 14), ("protected-Movement-Allowed", 13), ("protected-clearance", 3),
)  # fmt: skip
TOLD = {
    "stop-And-Remain": "red", "protected-Movement-Allowed": "green",
    "protected-clearance": "yellow",
}  # fmt: skip


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def showing(second: float) -> tuple[EventState, float]:
    """What the cycle shows, and since which second."""
    began = second // 30 * 30
    for state, length in CYCLE:
        if second < began + length:
            return state, began
        began += length
    raise AssertionError(second)


def report(second: float, group: int = 1) -> PhaseReport:
    """What the controller sends at a second: what shows, and what showed before it."""
    state, began = showing(second)
    phases = [PhaseEvent(signal_group=group, event_state=state, began_at=at(began))]
    if began > 0:
        before, since = showing(began - 0.001)
        phases.append(
            PhaseEvent(
                signal_group=group, event_state=before, began_at=at(since), ended_at=at(began)
            )
        )
    return PhaseReport(sent_at=at(second), phases=tuple(phases))


def head(reports: list[PhaseReport], error_s: float = 0.0) -> SignalHead:
    """The head after reports that each took a tenth of a second."""
    held = None
    for each in reports:
        held, _ = joined(held, each, each.sent_at + timedelta(seconds=0.1))
    assert held is not None
    return SignalHead(head="a/1", spells=held.groups[1], error_s=error_s)


@given(st.lists(st.integers(0, 118), min_size=1, max_size=60), st.randoms())
@settings(max_examples=200, deadline=None)
def test_reports_twice_and_in_any_order_leave_the_same_behind(
    seconds: list[int], chance: random.Random
) -> None:
    reports = [report(second) for second in seconds]
    shuffled = [*reports, *chance.sample(reports, len(reports))]
    chance.shuffle(shuffled)
    ordered = head(sorted(reports, key=lambda each: each.sent_at)).spells
    assert head(shuffled).spells == ordered
    for before, after in pairwise(ordered):
        assert before.began_at < after.began_at


@given(st.sets(st.integers(0, 118), min_size=1), st.floats(0, 118), st.floats(0, 1))
@settings(max_examples=400, deadline=None)
def test_a_lamp_is_told_right_or_not_at_all(
    seconds: set[int], moment: float, error_s: float
) -> None:
    """Whatever was lost on the way; also if both clocks are as wrong as they may be."""
    known = head([report(second) for second in sorted(seconds)], error_s)
    lamp, began = known.at(at(moment))
    for shift in (-error_s, 0.0, error_s):
        real = moment + shift * 0.999
        if lamp != "unknown" and real >= 0:
            state, since = showing(real)
            assert TOLD[state] == lamp
            assert began >= at(since)


def test_with_a_report_a_second_every_moment_but_the_margins_is_known() -> None:
    known = head([report(second) for second in range(60)], error_s=0.3)
    told = [known.at(at(moment / 10))[0] for moment in range(5, 585)]
    assert told.count("unknown") <= 6 * 6 + 6  # six changes of 0.6 s each, and the beginning
    assert {"red", "yellow", "green"} <= set(told)


def test_a_moment_that_nobody_vouched_for_is_unknown() -> None:
    known = head([report(second) for second in (0, 1, 2, 3)])
    assert known.at(at(2.5))[0] == "red"
    assert known.at(at(3.1))[0] == "unknown"  # it may have changed since
    assert known.at(at(-1))[0] == "unknown"
    assert not known.settled(at(3.1), silent_since=at(0))
    assert known.settled(at(3.1), silent_since=at(7))
    assert known.settled(at(2.9), silent_since=at(0))


def test_a_red_that_may_hide_a_cycle_is_known_only_where_it_was_vouched_for() -> None:
    red = PhaseEvent(signal_group=1, event_state="stop-And-Remain", began_at=at(0))
    later = PhaseEvent(signal_group=1, event_state="stop-And-Remain", began_at=at(60))
    known = head(
        [PhaseReport(sent_at=at(5), phases=(red,)), PhaseReport(sent_at=at(61), phases=(later,))]
    )
    assert known.at(at(4))[0] == "red"
    assert known.at(at(30))[0] == "unknown"
    assert known.at(at(60.5)) == ("red", at(60))


@pytest.mark.parametrize(
    ("state", "lamp"),
    [
        ("stop-And-Remain", "red"), ("stop-Then-Proceed", "unknown"), ("dark", "unknown"),
        ("pre-Movement", "unknown"), ("unavailable", "unknown"),
        ("permissive-Movement-Allowed", "green"), ("permissive-clearance", "yellow"),
        ("caution-Conflicting-Traffic", "yellow"),
    ],
)  # fmt: skip
def test_only_a_steady_red_is_red(state: EventState, lamp: str) -> None:
    spell = Spell(state=state, began_at=at(0), known_until=at(9))
    assert SignalHead(head="a/1", spells=(spell,)).at(at(5))[0] == lamp


def test_history_ends_but_what_shows_is_kept() -> None:
    held, _ = joined(None, report(0), at(0.1))
    long = PhaseEvent(signal_group=2, event_state="dark", began_at=at(-9000))
    held, changed = joined(held, PhaseReport(sent_at=at(1), phases=(long,)), at(1.1))
    assert changed == 1
    assert set(held.groups) == {1, 2}
    after = HISTORY.total_seconds() + 30
    told = PhaseEvent(signal_group=2, event_state="dark", began_at=at(-9000))
    held, _ = joined(held, PhaseReport(sent_at=at(after), phases=(told,)), at(after))
    assert set(held.groups) == {2}


class Junction(World):
    """A registry with a controller."""

    def __init__(self) -> None:
        super().__init__()
        new = NewSignal(name=Text(vi="Ngã sáu", en="Junction"), gateway="lights")
        signals.register(self.desk(), "nga-sau", new)

    def tell(self, told: PhaseReport, gateway: str = "lights") -> signals.PhasesTaken:
        return signals.take(self.desk(), gateway, "nga-sau", told)


def test_a_controller_tells_and_a_worker_asks() -> None:
    world = Junction()
    world.now = at(20.2)
    taken = world.tell(report(20))
    assert (taken.changed, taken.lag_s, taken.error_s) == (1, 0.2, 0.2)
    assert world.tell(report(20)).changed == 0
    heads = signals.heads(world.desk(), ["nga-sau/1", "nga-sau/2", "other/1"]).heads
    assert [each.head for each in heads] == ["nga-sau/1"]
    assert heads[0].at(at(10))[0] == "red"
    assert heads[0].at(at(17))[0] == "green"
    shown = signals.view(world.desk(), "nga-sau")
    assert [(each.signal_group, each.lamp) for each in shown.heads] == [(1, "green")]
    world.now = at(24)
    (listed,) = signals.views(world.desk(), PageQuery(limit=20, cursor=None)).items
    assert (listed.id, listed.heads[0].lamp) == ("nga-sau", "unknown")  # stale


def test_only_the_controllers_own_gateway_reports_and_nothing_of_the_future() -> None:
    world = Junction()
    world.now = at(20)
    for told, field in (
        (report(31), "sent_at"),
        (PhaseReport(sent_at=at(1), phases=report(20).phases), "phases"),
    ):
        with pytest.raises(Invalid) as refused:
            world.tell(told)
        assert refused.value.errors[0].field == field
    with pytest.raises(NotFound):
        world.tell(report(19), gateway="fleet")
    with pytest.raises(NotFound):
        signals.take(world.desk(), "lights", "nowhere", report(19))
    with pytest.raises(ValidationError):
        PhaseEvent(signal_group=1, event_state="dark", began_at=at(2), ended_at=at(1))
    keys = GatewayKeys("signals", world.table, PEPPER, shelf="SIGNALKEY")
    key = keys.replace("fleet", "s", world.now)
    with pytest.raises(GatewayRefused):  # a controller's key leases no camera
        GatewayKeys("cameras", world.table, PEPPER).verify(key, world.now)


def test_a_wrong_clock_makes_the_error_larger() -> None:
    world = Junction()
    for second in range(5):
        world.now = at(second - 0.7)  # it says that it is later than it is
        taken = world.tell(report(second))
    assert taken.error_s == pytest.approx(0.9)
    world = Junction()
    for second in range(5):
        world.now = at(second + 4)  # four seconds under way, each time: or its clock is behind
        taken = world.tell(report(second))
    assert taken.error_s == pytest.approx(3.2)


def test_a_rule_names_a_signal_that_is_known() -> None:
    world = Junction()
    world.register()

    def drafted(controller: str) -> Any:
        rule = RedLight(
            rule_id="red", name_vi="Đèn", name_en="Light", valid_from=T0,
            stop_line=((0.2, 0.6), (0.8, 0.6)), direction=(0, -1), controller=controller,
        )  # fmt: skip
        return rules.draft(world.desk(), "cam-1", rule, OPERATOR)

    assert drafted("nga-sau/2").rule.controller == "nga-sau/2"
    for wrong in ("nowhere/1", "nga-sau/0", "nga-sau/x", "nga-sau/256"):
        with pytest.raises(Invalid) as refused:
            drafted(wrong)
        assert refused.value.errors[0].field == "controller"


def test_what_is_kept_of_a_large_junction_stays_small() -> None:
    world = Junction()
    for second in range(0, 240, 1):
        world.now = at(second + 0.1)
        phases = tuple(p for group in range(1, 9) for p in report(second, group).phases)
        world.tell(PhaseReport(sent_at=at(second), phases=phases))
    row = world.table.get("PHASES#nga-sau", "NOW")
    assert row is not None
    assert len(json.dumps(row.doc)) < 20_000
