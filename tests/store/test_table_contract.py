"""The table's contract, for both implementations: what one promises the other keeps."""

from collections.abc import Iterator
from typing import Any

import pytest
from city.adapters.table import ABSENT, Add, Check, CommitConflict, Delete, Put, Row, Table, unique
from city.adapters.table_dynamo import DynamoTable, row_model
from city.adapters.table_memory import MemoryTable
from moto import mock_aws

REGION = "ap-southeast-1"


@pytest.fixture(params=["memory", "dynamo"])
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    if request.param == "memory":
        yield MemoryTable()
        return
    with mock_aws():
        row_model("contract", REGION).create_table(wait=True)
        yield DynamoTable("contract", REGION)


def test_rows_come_back_as_they_went(table: Table) -> None:
    row = Row(
        "p", "s", {"tên": "Huế", "n": [1, {"x": None}]}, version=7, ttl=123, counters={"a": 2}
    )
    table.commit(Put(row))
    assert table.get("p", "s") == row
    assert table.get("p", "t") is None
    assert table.get_many([("p", "s"), ("p", "t"), ("p", "s")]) == {("p", "s"): row}


@pytest.mark.parametrize(
    "failing",
    [
        Put(Row("p", "1"), ABSENT),
        Put(Row("p", "1", version=3), 2),
        Put(Row("p", "9"), 1),
        Delete("p", "1", 5),
        Delete("p", "9", 1),
        Check("p", "9", 1),
        Check("p", "1", ABSENT),
    ],
)
def test_a_commit_is_all_or_nothing(table: Table, failing: object) -> None:
    table.commit(Put(Row("p", "1", {"v": 1})))
    with pytest.raises(CommitConflict) as conflict:
        table.commit(Put(Row("p", "2")), Add("c", "c", {"n": 1}), failing)  # type: ignore[arg-type]
    assert conflict.value.failed == (2,)
    assert table.get("p", "2") is None
    assert table.get("c", "c") is None
    row = table.get("p", "1")
    assert row is not None
    assert row.doc == {"v": 1}


def test_single_operations_carry_conditions_too(table: Table) -> None:
    table.commit(Put(Row("p", "1"), ABSENT))
    for failing in (Put(Row("p", "1"), ABSENT), Delete("p", "1", 2)):
        with pytest.raises(CommitConflict):
            table.commit(failing)
    table.commit(Put(Row("p", "1", version=2), 1))
    table.commit(Delete("p", "1", 2))
    table.commit(Delete("p", "1"))
    assert table.get("p", "1") is None


def test_counters_add_up_and_documents_stay(table: Table) -> None:
    table.commit(Put(Row("p", "1", {"v": 1}, counters={"a": 1})))
    table.commit(Add("p", "1", {"a": 2, "b": -1}, ttl=99))
    row = table.get("p", "1")
    assert row is not None
    assert (row.doc, dict(row.counters), row.ttl) == ({"v": 1}, {"a": 3, "b": -1}, 99)


def test_queries_page_both_ways(table: Table) -> None:
    for i in range(7):
        table.commit(Put(Row("p", f"a{i}")))
    table.commit(Put(Row("p", "b0")), Put(Row("q", "a0")))

    def walk(**how: object) -> list[str]:
        seen: list[str] = []
        after = None
        while True:
            rows, after = table.query("p", after=after, limit=2, **how)  # type: ignore[arg-type]
            seen += [row.sk for row in rows]
            if after is None:
                return seen

    names = [f"a{i}" for i in range(7)]
    assert walk() == [*names, "b0"]
    assert walk(reverse=True) == ["b0", *names[::-1]]
    assert walk(prefix="a") == names
    assert walk(until="a3") == names[:4]
    assert table.query("none") == ([], None)


def test_a_commit_touches_a_row_once_and_has_a_ceiling() -> None:
    with pytest.raises(ValueError, match="only once"):
        unique([Put(Row("p", "1")), Delete("p", "1")])
    with pytest.raises(ValueError, match="at most"):
        unique([Put(Row("p", str(i))) for i in range(101)])


@pytest.mark.parametrize("alone", [True, False])
def test_additions_keep_their_bounds(table: Table, alone: bool) -> None:
    """A purse: never below zero, never above its ceiling, whether the row is there or not."""

    def add(amount: int, **bounds: int) -> bool:
        told: Any = {name: {"n": bound} for name, bound in bounds.items()}
        more = () if alone else (Put(Row("p", "other")),)
        try:
            table.commit(*more, Add("p", "purse", {"n": amount}, **told))
        except CommitConflict as conflict:
            return conflict.failed != (len(more),)
        return True

    assert not add(-1, floor=0)
    assert not add(6, ceiling=5)
    assert table.get("p", "purse") is None
    assert add(5, floor=0, ceiling=5)
    assert not add(1, ceiling=5)
    assert not add(-6, floor=0)
    assert add(-5, floor=0)
    assert add(0, floor=0, ceiling=0)
    assert not add(0, floor=1)
    row = table.get("p", "purse")
    assert row is not None
    assert row.counters == {"n": 0}


def test_bounds_may_be_of_counters_that_nothing_is_added_to(table: Table) -> None:
    table.commit(Put(Row("p", "1", {"v": 1}, version=4, counters={"held": 2, "free": 1})))
    with pytest.raises(CommitConflict):
        table.commit(Add("p", "1", {"free": 1}, ceiling={"held": 0, "free": 9}))
    table.commit(Add("p", "1", {"free": 1}, ceiling={"held": 2}, floor={"other": 0}))
    row = table.get("p", "1")
    assert row == Row("p", "1", {"v": 1}, version=4, counters={"held": 2, "free": 2})
