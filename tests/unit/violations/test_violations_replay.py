"""A slice of the replayed years: exact figures, resumable, and rows like those of the live path."""

from collections.abc import Iterable

from city.adapters.table import Row
from city.adapters.table_memory import MemoryTable
from city.violations import custody, views
from violations_world import World

from infra.replay.cameras import (
    CRIMINAL,
    DETECTIONS,
    TRANSFERRED,
    Wanted,
    act_out,
    fleet,
    write,
)

SLICE = 600  # more than there are cameras: each is in it


class Target(MemoryTable):
    """A table that takes rows in bulk."""

    def write_blindly(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._rows.setdefault(row.pk, {})[row.sk] = row


def test_the_plan_adds_up_to_the_seeds_figures() -> None:
    wanted = Wanted(DETECTIONS)
    assert (wanted.transferred, wanted.criminal) == (TRANSFERRED, CRIMINAL)
    assert round(100 * wanted.transferred / wanted.detections, 2) == 1.31
    handed = [i for i in range(DETECTIONS) if wanted.is_transferred(i)]
    assert len(handed) == TRANSFERRED
    assert sum(wanted.is_criminal(i) for i in handed) == CRIMINAL


def test_a_slice_through_the_live_handlers_counts_what_was_planned_and_may_be_written_twice() -> (
    None
):
    assert len(fleet()) < SLICE
    target = Target()
    for first in (0, SLICE // 2):
        end, _, rows = act_out((SLICE, first, first + SLICE // 2))
        for _ in range(2):
            write(target, "REPLAY", end, rows)
    world, wanted = World(target), Wanted(SLICE)
    figures = views.figures(world.desk()).all
    assert figures.detections == figures.incidents == SLICE
    assert figures.transferred == wanted.transferred == 7
    assert figures.sanctioned + figures.criminal_cases == wanted.transferred
    waiting = len(target.query("QUEUE", limit=SLICE)[0])
    assert figures.confirmed + figures.denied + figures.lapsed + waiting == SLICE
    cases = [row for row in target.rows() if row.sk == "META" and row.pk.startswith("V#")]
    assert len(cases) == SLICE
    for row in cases[::40]:
        assert custody.broken(world.desk(), row.pk) is None
    for row in cases:
        assert not (row.doc["erased_at"] and row.doc["plate"])
