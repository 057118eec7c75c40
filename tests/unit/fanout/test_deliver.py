"""Whatever dies, comes twice or does not answer: everybody is counted once, and adds up."""

import asyncio
import functools
from collections import Counter
from datetime import timedelta
from typing import Any, Literal

import pytest
from city.adapters.table_memory import MemoryTable
from city.fanout.deliver import ATTEMPTS, LEASE, STEP, Worker, work
from city.fanout.model import AreaShape, SliceMessage
from city.fanout.service import progress, wake
from city.fanout.store import Busy
from city.fanout.subscribers import Preferences
from fanout_world import Died, FanoutWorld, order, subscriber
from hypothesis import given, settings
from hypothesis import strategies as st
from mortal import Died as TableDied
from mortal import MortalTable


def do(worker: Worker, message: SliceMessage) -> Any:
    return asyncio.run(work(worker, message))


def run_all(world: FanoutWorld, lane: str = "p0") -> None:
    """Work a lane off until nothing comes back."""
    queue = list(world.lanes.held[lane])
    world.lanes.held[lane].clear()
    while queue:
        message = queue.pop(0)
        again = do(world.worker(), message)
        if again:
            world.wait(seconds=again.after_s)
            queue.append(again.message)


def totals(world: FanoutWorld, revision: int = 1) -> Counter[str]:
    return world.hub().deliveries.totals("alert-1", revision)


@functools.cache
def _joined() -> FanoutWorld:
    made = FanoutWorld()
    made.join(*(subscriber(n) for n in range(1500)))
    made.library.compile()
    return made


@pytest.fixture
def world() -> FanoutWorld:
    return _joined().copy()


def test_everybody_is_reached_once(world: FanoutWorld) -> None:
    delivery = world.release(order())
    assert delivery is not None
    assert delivery.audience == 1500
    run_all(world)
    assert totals(world) == Counter(reached=1500)
    assert set(world.phones.shown.values()) == {1}
    shown = progress(world.hub(), "alert-1").items[0]
    assert (shown.left, shown.audience) == (0, 1500)
    assert sum(sum(v for k, v in point.items() if k != "at") for point in shown.chart) == 1500


def test_a_duplicate_message_sends_nothing(world: FanoutWorld) -> None:
    world.release(order())
    messages = list(world.lanes.held["p0"])
    run_all(world)
    for message in messages:
        assert do(world.worker(), message) is None
    assert world.phones.sent == 1500


def test_releasing_twice_reaches_once(world: FanoutWorld) -> None:
    world.release(order())
    world.release(order())
    run_all(world)
    assert world.phones.sent == 1500


@given(st.integers(0, 1499), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_a_worker_that_dies_anywhere_is_taken_over(die_after: int, at_once: int) -> None:
    world = _joined().copy()
    world.release(order())
    world.phones.die_after = die_after
    with pytest.raises(Died):
        run_all(world)
    world.phones.die_after = None
    world.release(order())  # the queue brings everything again
    with pytest.raises(Busy):
        run_all(world)  # the dead worker's lease still holds
    world.wait(seconds=LEASE.total_seconds() + 1)
    world.release(order())
    run_all(world)
    assert totals(world) == Counter(reached=1500)
    repeated = sum(n - 1 for n in world.phones.shown.values())
    assert repeated <= STEP
    assert len(world.phones.shown) == 1500


def two_revisions(world: FanoutWorld) -> None:
    world.release(order())
    run_all(world)
    world.release(order(revision=2))
    run_all(world)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("k", range(1, 11))
def test_a_table_that_dies_at_any_commit_loses_nobody(
    k: int, when: Literal["before", "after"]
) -> None:
    inner = MemoryTable()
    world = FanoutWorld(table=inner)
    world.join(*(subscriber(n) for n in range(700)))
    world.table = MortalTable(inner, k, when)
    with pytest.raises(TableDied):
        two_revisions(world)
    world.table = inner
    world.lanes.held["p0"].clear()
    world.wait(seconds=LEASE.total_seconds() + 1)
    two_revisions(world)
    assert totals(world, 1) + totals(world, 2) == Counter(reached=1400)
    assert all(n <= 2 for n in world.phones.shown.values())


def test_two_workers_never_have_one_slice(world: FanoutWorld) -> None:
    world.release(order())
    message = world.lanes.held["p0"][0]
    deliveries = world.hub().deliveries
    deliveries.claim(message, world.now, world.now + LEASE)
    with pytest.raises(Busy):
        do(world.worker(), message)


def test_a_worker_that_lost_its_lease_stops(world: FanoutWorld) -> None:
    world.release(order())
    message = world.lanes.held["p0"][0]
    slow = world.worker()
    inner = slow.send
    stolen = False

    async def slowly(*given: Any) -> Any:
        nonlocal stolen
        if not stolen:
            stolen = True
            world.wait(seconds=LEASE.total_seconds() + 1)
            await work(world.worker(), message)
        return await inner(*given)

    with pytest.raises(Busy):
        do(
            Worker(slow.deliveries, slow.book, slowly, slow.forget, slow.now),
            message,
        )
    assert sum(totals(world).values()) == message.last - message.first


def test_what_phones_answer_is_what_is_counted(world: FanoutWorld) -> None:
    moods = {
        0: ["gone"], 1: ["refused"], 2: ["later", "accepted"], 3: ["later"],
        4: ["silent", "accepted"], 5: ["later", "gone"],
    }  # fmt: skip
    world.phones.moods = {f"user-{n:06}/a": mood for n, mood in moods.items()}
    world.join(subscriber(6, devices=()))
    world.release(order())
    run_all(world)
    assert totals(world) == Counter(reached=1500 - 5, gone=2, failed=2, inbox_only=1)
    assert sorted(world.forgotten) == ["user-000000/a", "user-000005/a"]
    assert world.phones.sent <= 1500 + 6 * ATTEMPTS


@given(st.lists(st.sampled_from(["accepted", "later", "gone", "refused", "silent"]), max_size=60))
@settings(max_examples=25, deadline=None)
def test_counts_add_up_whatever_phones_do(moods: list[str]) -> None:
    world = FanoutWorld()
    world.join(*(subscriber(n) for n in range(60)))
    world.phones.moods = {f"user-{n:06}/a": [mood, "accepted"] for n, mood in enumerate(moods)}
    world.release(order())
    run_all(world)
    assert sum(totals(world).values()) == 60
    assert progress(world.hub(), "alert-1").items[0].left == 0


def test_a_cancellation_overtakes_what_waits_and_reaches_those_who_were_told(
    world: FanoutWorld,
) -> None:
    world.release(order(area=AreaShape(units=frozenset({"u1"}))))
    waiting = world.lanes.held["p0"].copy()
    world.lanes.held["p0"].clear()
    # Everybody of u1 moves away meanwhile: they still hear that it is over.
    world.join(*(subscriber(n, places=subscriber(n + 1).places) for n in range(1, 1500, 4)))
    world.release(order(revision=2, cancels=True, area=AreaShape(units=frozenset({"u2"}))))
    run_all(world)
    assert totals(world, 2) == Counter(reached=375)
    for message in waiting:
        assert do(world.worker(), message) is None
    assert totals(world, 1) == Counter(superseded=375)
    assert {device for device, _ in world.phones.shown} == {
        f"user-{n:06}/a" for n in range(1, 1500, 4)
    }


def test_an_older_revision_after_a_newer_one_goes_nowhere(world: FanoutWorld) -> None:
    world.release(order(revision=2))
    assert world.release(order(revision=1)) is None


def test_what_is_too_late_is_not_shown(world: FanoutWorld) -> None:
    world.release(order())
    world.wait(hours=13)
    run_all(world)
    assert totals(world) == Counter(expired=1500)
    assert world.phones.sent == 0


def test_sleepers_hear_of_small_things_in_the_morning() -> None:
    world = FanoutWorld()
    night = Preferences(quiet_from=8, quiet_to=12)  # it is nine in the morning in Huế
    world.join(
        *(
            subscriber(
                n, preferences=night if n < 30 else None or Preferences(quiet_from=0, quiet_to=0)
            )
            for n in range(100)
        )
    )
    delivery = world.release(order("p1"))
    assert delivery is not None
    assert delivery.deferred == 30
    run_all(world, "p1")
    assert totals(world) == Counter(reached=70)
    assert wake(world.hub()) == 0
    world.wait(hours=3, minutes=5)
    assert wake(world.hub()) >= 1
    run_all(world, "p1")
    assert totals(world) == Counter(reached=100)
    assert wake(world.hub()) == 0


def test_nobody_sleeps_through_the_first_lane() -> None:
    world = FanoutWorld()
    world.join(subscriber(1, preferences=Preferences(quiet_from=8, quiet_to=12)))
    world.release(order("p0"))
    run_all(world)
    assert totals(world) == Counter(reached=1)


def test_the_lane_of_a_flood_is_never_behind_a_newsletter(world: FanoutWorld) -> None:
    world.release(order("p2", delivery_id="news", tag="news"))
    world.release(order("p0"))
    assert {m.delivery_id for m in world.lanes.held["p0"]} == {"alert-1"}
    assert {m.delivery_id for m in world.lanes.held["p2"]} == {"news"}


def test_many_at_once_keep_the_snapshot_they_were_resolved_from(world: FanoutWorld) -> None:
    world.release(order())
    message = world.lanes.held["p0"][0]
    world.join(*(subscriber(n + 10_000) for n in range(300)))
    world.release(order("p1", delivery_id="alert-2", tag="episode-2"))
    world.wait(seconds=timedelta(seconds=5).total_seconds())
    do(world.worker(), message)
    assert all(device < "user-001500" for device, _ in world.phones.shown)
