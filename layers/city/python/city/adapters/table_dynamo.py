"""The table on DynamoDB, by PynamoDB.

Rows map to items as: `pk`, `sk`, `ver` (N), `doc` (JSON text), `ttl` (N) and `c_<name>` (N) for
each counter. The document is JSON text because its shape is a pydantic model that is validated on
both ways; nothing queries inside it.
"""

import functools
import json
import operator
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import (
    DeleteError,
    PutError,
    PynamoDBException,
    TransactWriteError,
    UpdateError,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from city.adapters.client import NAMED
from city.adapters.table import ABSENT, ANY, Add, Check, CommitConflict, Operation, Put, Row, unique

BATCH_GET = 100
BATCH_WRITE = 25
_ATTEMPTS = 6
_FIRST_PAUSE_S = 0.02
# What says nothing about our conditions: somebody else was at the rows, or too much was asked.
_PASSING = {
    "TransactionConflict", "TransactionConflictException", "TransactionInProgressException",
    "ThrottlingError", "ThrottlingException", "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded",
}  # fmt: skip


def row_model(table_name: str, region: str) -> type[Model]:
    """The PynamoDB model of a unit's table; used to open it and, in tests, to create it."""

    class RowModel(Model):
        class Meta:
            pass

        pk = UnicodeAttribute(hash_key=True)
        sk = UnicodeAttribute(range_key=True)
        ver = NumberAttribute(default=1)
        doc = UnicodeAttribute(null=True)
        ttl = NumberAttribute(null=True)

    RowModel.Meta.table_name = table_name  # type: ignore[attr-defined]
    RowModel.Meta.region = region  # type: ignore[attr-defined]
    RowModel.Meta.billing_mode = "PAY_PER_REQUEST"  # type: ignore[attr-defined]
    return RowModel


@functools.cache
def _connection(region: str) -> Connection:
    made = Connection(region=region, read_timeout_seconds=10, connect_timeout_seconds=3)
    made.session.set_default_client_config(NAMED)
    _ = made.client  # made now, in the thread whose session has the name
    return made


@functools.cache
def _connected(region: str, table_name: str) -> Connection:
    """The region's one connection, told the table's shape once so that it never asks."""
    connection = _connection(region)
    model = row_model(table_name, region)
    connection.add_meta_table(model._get_connection().get_meta_table())
    return connection


class DynamoTable:
    """A unit's table. Conflicting transactions are tried again with back-off, then raised."""

    def __init__(self, name: str, region: str) -> None:
        self.name = name
        self._connection = _connected(region, name)

    def get(self, pk: str, sk: str) -> Row | None:
        """The row, or None (strongly consistent)."""
        data = self._connection.get_item(self.name, pk, range_key=sk, consistent_read=True)
        item = data.get("Item")
        return _row(item) if item else None

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        """Those of the rows that exist (strongly consistent)."""
        found: dict[tuple[str, str], Row] = {}
        wanted = [{"pk": pk, "sk": sk} for pk, sk in dict.fromkeys(keys)]
        while wanted:
            batch, wanted = wanted[:BATCH_GET], wanted[BATCH_GET:]
            # PynamoDB wants mappings here, whatever its annotation says.
            mappings: Any = batch
            data = self._connection.batch_get_item(self.name, mappings, consistent_read=True)
            for item in data["Responses"].get(self.name, []):
                row = _row(item)
                found[row.pk, row.sk] = row
            left = data.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            wanted += [{"pk": key["pk"]["S"], "sk": key["sk"]["S"]} for key in left]
        return found

    def query(
        self,
        pk: str,
        *,
        prefix: str = "",
        after: str | None = None,
        until: str | None = None,
        limit: int = 100,
        reverse: bool = False,
    ) -> tuple[list[Row], str | None]:
        """See `Table.query`. Follows DynamoDB's 1 MB pages until `limit` rows are read."""
        rows: list[Row] = []
        start = {"pk": {"S": pk}, "sk": {"S": after}} if after is not None else None
        while len(rows) < limit:
            data = self._connection.query(
                self.name,
                pk,
                range_key_condition=_range(prefix, until),
                consistent_read=True,
                exclusive_start_key=start,
                limit=limit - len(rows),
                scan_index_forward=not reverse,
            )
            rows += [_row(item) for item in data["Items"]]
            start = data.get("LastEvaluatedKey")
            if start is None:
                return rows, None
        return rows, rows[-1].sk

    def commit(self, *operations: Operation) -> None:
        """See `Table.commit`: one operation is a plain conditional write, more a transaction."""
        listed = unique(operations)
        if not listed:
            return
        for pause in _pauses():
            try:
                if len(listed) == 1 and not isinstance(listed[0], Check):
                    self._write_one(listed[0])
                else:
                    self._transact(listed)
                return
            except (PutError, DeleteError, UpdateError) as error:
                if error.cause_response_code == "ConditionalCheckFailedException":
                    raise CommitConflict([0]) from error
                if pause is None or not _worth_retrying(error):
                    raise
            except TransactWriteError as error:
                failed = [
                    i
                    for i, reason in enumerate(error.cancellation_reasons)
                    if reason and reason.code == "ConditionalCheckFailed"
                ]
                if failed:
                    order = _transaction_order(listed)
                    raise CommitConflict(sorted(order[i] for i in failed)) from error
                if pause is None or not _worth_retrying(error):
                    raise
            time.sleep(pause)

    def write_blindly(self, puts: Sequence[Row]) -> None:
        """Write rows without conditions, 25 a call: for bulk loads into rows nobody else writes."""
        for first in range(0, len(puts), BATCH_WRITE):
            items = [_attributes(row) for row in puts[first : first + BATCH_WRITE]]
            while items:
                data = self._connection.batch_write_item(self.name, put_items=items)
                left = data.get("UnprocessedItems", {}).get(self.name, [])
                items = [entry["PutRequest"]["Item"] for entry in left]

    def _write_one(self, op: Operation) -> None:
        if isinstance(op, Put):
            self._connection.put_item(
                self.name,
                op.row.pk,
                op.row.sk,
                attributes=_attributes(op.row),
                condition=_condition(op.expect),
            )
        elif isinstance(op, Add):
            self._connection.update_item(
                self.name, op.pk, op.sk, actions=_actions(op), condition=_bounds(op)
            )
        elif not isinstance(op, Check):
            self._connection.delete_item(self.name, op.pk, op.sk, condition=_condition(op.expect))

    def _transact(self, listed: Sequence[Operation]) -> None:
        self._connection.transact_write_items(
            return_consumed_capacity="NONE",
            condition_check_items=[
                self._kwargs(op.pk, op.sk, condition=_condition(op.expect))
                for op in listed
                if isinstance(op, Check)
            ],
            delete_items=[
                self._kwargs(op.pk, op.sk, condition=_condition(op.expect))
                for op in listed
                if not isinstance(op, Put | Add | Check)
            ],
            put_items=[
                self._kwargs(
                    op.row.pk,
                    op.row.sk,
                    key="Item",
                    attributes=_attributes(op.row),
                    condition=_condition(op.expect),
                )
                for op in listed
                if isinstance(op, Put)
            ],
            update_items=[
                self._kwargs(op.pk, op.sk, actions=_actions(op), condition=_bounds(op))
                for op in listed
                if isinstance(op, Add)
            ],
        )

    def _kwargs(self, pk: str, sk: str, **rest: Any) -> dict[str, Any]:
        return self._connection.get_operation_kwargs(self.name, pk, range_key=sk, **rest)


def _transaction_order(listed: Sequence[Operation]) -> list[int]:
    """PynamoDB sends checks, deletes, puts, updates: where each sent operation stood before."""

    def rank(op: Operation) -> int:
        return (
            0
            if isinstance(op, Check)
            else 2
            if isinstance(op, Put)
            else 3
            if isinstance(op, Add)
            else 1
        )

    return sorted(range(len(listed)), key=lambda i: rank(listed[i]))


def _pauses() -> Iterator[float | None]:
    for attempt in range(_ATTEMPTS - 1):
        # With jitter, so that those who collided do not collide again.
        yield _FIRST_PAUSE_S * 2**attempt * random.uniform(0.5, 1)  # noqa: S311
    yield None


def _worth_retrying(error: PynamoDBException) -> bool:
    reasons = getattr(error, "cancellation_reasons", None) or []
    codes = {error.cause_response_code, *(reason.code for reason in reasons if reason)}
    return bool(codes & _PASSING)


_ABSENT = Path("pk").does_not_exist()


def _condition(expect: int) -> Condition | None:
    if expect == ANY:
        return None
    if expect == ABSENT:
        return _ABSENT
    return Path("ver") == expect


def _range(prefix: str, until: str | None) -> Condition | None:
    if until is not None:
        return Path("sk").between(prefix or " ", until)
    return Path("sk").startswith(prefix) if prefix else None


def _bounds(op: Add) -> Condition | None:
    """The bounds as conditions on the counters before the addition."""
    found: Condition | None = None
    for bounds, holds in ((op.floor, operator.ge), (op.ceiling, operator.le)):
        for name, bound in sorted(bounds.items()):
            path = Path(f"c_{name}")
            before = bound - op.counters.get(name, 0)
            one: Condition = holds(path, before)
            if holds(0, before):
                one = path.does_not_exist() | one
            found = one if found is None else found & one
    return found


def _actions(op: Add) -> list[Action]:
    actions: list[Action] = [
        NumberAttribute(attr_name=f"c_{name}").add(amount)
        for name, amount in sorted(op.counters.items())
    ]
    # A row that is there keeps its version: additions are no changes of the document.
    actions.append(NumberAttribute(attr_name="ver").set(NumberAttribute(attr_name="ver") | 1))
    if op.ttl is not None:
        actions.append(NumberAttribute(attr_name="ttl").set(op.ttl))
    return actions


def _attributes(row: Row) -> dict[str, Any]:
    item: dict[str, Any] = {
        "pk": {"S": row.pk},
        "sk": {"S": row.sk},
        "ver": {"N": str(row.version)},
    }
    if row.doc:
        item["doc"] = {"S": json.dumps(row.doc, ensure_ascii=False, separators=(",", ":"))}
    if row.ttl is not None:
        item["ttl"] = {"N": str(row.ttl)}
    for name, amount in row.counters.items():
        item[f"c_{name}"] = {"N": str(amount)}
    return item


def _row(item: dict[str, Any]) -> Row:
    return Row(
        pk=item["pk"]["S"],
        sk=item["sk"]["S"],
        doc=json.loads(item["doc"]["S"]) if "doc" in item else {},
        version=int(item["ver"]["N"]),
        ttl=int(item["ttl"]["N"]) if "ttl" in item else None,
        counters={k[2:]: int(v["N"]) for k, v in item.items() if k.startswith("c_")},
    )
