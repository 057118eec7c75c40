"""The table's contract, for both implementations: what one promises the other keeps."""

from collections.abc import Iterator

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
