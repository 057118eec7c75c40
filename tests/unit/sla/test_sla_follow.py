"""Clocks follow the case: any order, any number of times, killed anywhere."""

import itertools
from datetime import timedelta

import pytest
from city.adapters.table import CommitConflict, Operation
from city.adapters.table_memory import MemoryTable
from mortal import Died, MortalTable
from sla_world import NOON, City, end_of, state

HISTORY = [
    (3, (state(), state(no=2, agency="ag-2"))),
    (4, (state(), state(no=2, agency="ag-2", status="stopped"))),
    (5, (state(due=end_of("2026-03-18"), original=end_of("2026-03-11")),)),
    (6, (state(due=end_of("2026-03-18"), original=end_of("2026-03-11"), status="paused"),)),
    (7, (state(due=end_of("2026-03-25"), original=end_of("2026-03-11")),)),
]


def _content(table: MemoryTable) -> list[tuple[object, ...]]:
    """Rows without lock versions: how often a row was written is not what it says."""
    return [(row.pk, row.sk, row.doc) for row in table.rows()]


def test_a_running_clock_has_one_pointer_and_two_board_rows() -> None:
    city = City()
    city.follow(3, state(), state(no=2, agency="ag-2"))
    assert [row.sk.split("#")[1:] for row in city.pointers()] == [["R1", "0001"], ["R1", "0002"]]
    boards = [row.pk for row in city.memory.rows() if row.pk.startswith("AG#")]
    assert sorted(boards) == ["AG#ALL", "AG#ALL", "AG#ag-1", "AG#ag-2"]


@pytest.mark.parametrize("status", ["paused", "stopped"])
def test_a_clock_that_does_not_run_is_pointed_at_by_nothing(status: str) -> None:
    city = City()
    city.follow(3, state())
    city.follow(4, state(status=status))  # type: ignore[arg-type]
    assert [row.pk for row in city.memory.rows()] == ["CASE#R1", "SWEEP"]
    assert city.sweep(end_of("2026-04-30")) == 0


def test_an_extension_moves_the_pointer() -> None:
    city = City()
    city.follow(3, state())
    (first,) = city.pointers()
    city.follow(4, state(due=end_of("2026-03-18"), original=end_of("2026-03-11")))
    (second,) = city.pointers()
    assert second.pk > first.pk


def test_any_order_and_duplicates_end_the_same() -> None:
    ends = set()
    for order in itertools.permutations(HISTORY):
        city = City()
        for seq, states in (*order, *reversed(order)):
            city.follow(seq, *states)
        ends.add(repr(_content(city.memory)))
    assert len(ends) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_commit_and_told_again(when: str) -> None:
    whole = City()
    for seq, states in HISTORY:
        whole.follow(seq, *states)
    deaths = 0
    for k in itertools.count(1):
        memory = MemoryTable()
        city = City(MortalTable(memory, k, when))  # type: ignore[arg-type]
        died = False
        for seq, states in HISTORY:
            try:
                city.follow(seq, *states)
            except Died:
                died = True
                city.follow(seq, *states)
        assert _content(memory) == _content(whole.memory)
        deaths += died
        if not died:
            break
    assert deaths == 8  # the watermark, and each of the seven clock states


def test_two_writers_of_one_clock_do_not_lose_a_step() -> None:
    class Raced(MemoryTable):
        raced = False

        def commit(self, *operations: Operation) -> None:
            if not self.raced and any("CASE" in repr(op) for op in operations):
                self.raced = True
                other = City(self)
                other.follow(9, state(status="stopped"))
            super().commit(*operations)

    table = Raced()
    City(table).follow(3, state())
    held = City(table).clocks.get("R1", 1)
    assert held and held.clock.status == "stopped" and held.clock.seq == 9


def test_endless_conflicts_are_raised_for_redelivery() -> None:
    class Contested(MemoryTable):
        def commit(self, *operations: Operation) -> None:
            raise CommitConflict([0])

    with pytest.raises(CommitConflict):
        City(Contested()).follow(3, state())


def test_a_late_event_points_into_the_present_hour() -> None:
    city = City()
    city.follow(3, state(), now=end_of("2026-04-01") + timedelta(hours=2))
    (pointer,) = city.pointers()
    assert pointer.pk == "DUE#2026040118"
    assert city.follow(2, state(), now=NOON) == 0
