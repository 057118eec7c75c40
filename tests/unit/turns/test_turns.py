"""The scheduler finds what it is for: lost updates, half-done work; and a seed happens again."""

from city.adapters.table import ABSENT, CommitConflict, Put, Row
from city.adapters.table_memory import MemoryTable
from mortal import Died
from turns import Faults, NoAnswer, Refused, Turns, TurnTable


def count(table: TurnTable, *, careful: bool) -> None:
    """Read, add one, write; `careful` writes only over what was read, and tries again."""
    while True:
        row = table.get("n", "n")
        held, version = (row.doc["n"], row.version) if row else (0, ABSENT)
        made = Row("n", "n", {"n": held + 1}, version=max(version, 0) + 1)
        try:
            table.commit(Put(made, version) if careful else Put(made))
        except CommitConflict:
            continue
        return


def counted(seed: int, *, careful: bool, faults: Faults = Faults()) -> tuple[int, Turns]:  # noqa: B008
    turns = Turns(seed, faults)
    memory = MemoryTable()
    table = TurnTable(memory, turns)
    for n in range(4):
        turns.start(f"counter {n}", lambda: count(table, careful=careful))
    turns.run()
    row = memory.get("n", "n")
    return (row.doc["n"] if row else 0), turns


def test_a_lost_update_is_found() -> None:
    assert min(counted(seed, careful=False)[0] for seed in range(20)) < 4
    assert {counted(seed, careful=True)[0] for seed in range(200)} == {4}


def test_a_seed_happens_again() -> None:
    faults = Faults(die_before=0.1, die_after=0.1)
    for seed in range(20):
        first, again = (counted(seed, careful=True, faults=faults) for _ in range(2))
        assert (first[0], first[1].trace) == (again[0], again[1].trace)
    assert len({tuple(counted(s, careful=True)[1].trace) for s in range(20)}) > 10


def test_whoever_dies_leaves_what_was_committed() -> None:
    after, _ = counted(1, careful=True, faults=Faults(die_after=1.0))
    before, _ = counted(1, careful=True, faults=Faults(die_before=1.0))
    assert (after, before) == (4, 0)


def test_refusals_and_lost_answers_reach_the_handler() -> None:
    for faults, wanted, kept in (
        (Faults(refuse=1.0), Refused, 0),
        (Faults(lose_answer=1.0), NoAnswer, 1),
    ):
        turns = Turns(1, faults)
        memory = MemoryTable()
        table = TurnTable(memory, turns)
        seen: list[type[Exception]] = []

        def act(table: TurnTable = table, seen: list[type[Exception]] = seen) -> None:
            try:
                table.commit(Put(Row("a", "a")))
            except (Refused, NoAnswer) as error:
                seen.append(type(error))

        turns.start("writer", act)
        turns.run()
        assert seen == [wanted]
        assert len(memory.rows()) == kept


def test_outside_of_handlers_nothing_strikes() -> None:
    table = TurnTable(MemoryTable(), Turns(1, Faults(refuse=1.0, die_before=1.0, die_after=1.0)))
    table.commit(Put(Row("a", "a")))
    assert table.get("a", "a")
    assert issubclass(Died, BaseException) and not issubclass(Died, Exception)
