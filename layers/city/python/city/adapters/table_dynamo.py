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

from botocore.exceptions import ClientError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from city.adapters.client import NAMED
from city.adapters.table import ABSENT, ANY, Add, Check, CommitConflict, Operation, Put, Row, unique
from city.adapters.wire import Wire

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


class _Short:
    """A client whose calls of rows take the short way; every other is botocore's."""

    def __init__(self, client: Any) -> None:
        self.inner, self._wire = client, Wire(client)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def _make_api_call(self, operation: str, told: dict[str, Any]) -> Any:
        if operation in _ROWS:
            return self._wire.call(operation, told)
        return self.inner._make_api_call(operation, told)


_ROWS = {
    "GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "UpdateItem", "BatchWriteItem",
    "TransactWriteItems",
}  # fmt: skip


class _Connection(Connection):
    """PynamoDB's connection, on such a client."""

    _short: _Short | None = None

    @property
    def client(self) -> Any:
        """See `Connection.client`; it may make a new one."""
        made = super().client
        if self._short is None or self._short.inner is not made:
            self._short = _Short(made)
        return self._short


@functools.cache
def _connection(region: str) -> Connection:
    made = _Connection(region=region, read_timeout_seconds=10, connect_timeout_seconds=3)
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
        told = {"TableName": self.name, "Key": _key(pk, sk), "ConsistentRead": True}
        item = self._ask("GetItem", told).get("Item")
        return _row(item) if item else None

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        """Those of the rows that exist (strongly consistent)."""
        found: dict[tuple[str, str], Row] = {}
        wanted = [_key(pk, sk) for pk, sk in dict.fromkeys(keys)]
        while wanted:
            batch, wanted = wanted[:BATCH_GET], wanted[BATCH_GET:]
            asked = {"RequestItems": {self.name: {"Keys": batch, "ConsistentRead": True}}}
            data = self._ask("BatchGetItem", asked)
            for item in data["Responses"].get(self.name, []):
                row = _row(item)
                found[row.pk, row.sk] = row
            wanted += data.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
        return found

    def _ask(self, operation: str, told: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._connection.client._make_api_call(operation, told)
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
        parts = [_part(self.name, op) for op in listed]
        if len(parts) == 1 and not isinstance(listed[0], Check):
            operation, told = f"{parts[0][0]}Item", parts[0][1]
        else:
            operation, told = "TransactWriteItems", {"TransactItems": [dict([p]) for p in parts]}
        for pause in _pauses():
            try:
                self._ask(operation, told)
                return
            except ClientError as error:
                failed = _failed(error.response)
                if failed:
                    raise CommitConflict(failed) from error
                if pause is None or not _worth_retrying(error.response):
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


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _part(table: str, op: Operation) -> tuple[str, dict[str, Any]]:
    """An operation as a transaction names it, and as one of its members."""
    if isinstance(op, Put):
        return "Put", {"TableName": table, "Item": _attributes(op.row), **_condition(op.expect)}
    told: dict[str, Any] = {"TableName": table, "Key": _key(op.pk, op.sk)}
    if isinstance(op, Add):
        return "Update", told | _addition(op)
    name = "ConditionCheck" if isinstance(op, Check) else "Delete"
    return name, told | _condition(op.expect)


def _failed(refusal: Any) -> list[int]:
    """Which operations' conditions did not hold; none if it was refused for something else."""
    if refusal["Error"]["Code"] == "ConditionalCheckFailedException":
        return [0]
    reasons = refusal.get("CancellationReasons") or []
    return [i for i, one in enumerate(reasons) if one.get("Code") == "ConditionalCheckFailed"]


def _pauses() -> Iterator[float | None]:
    for attempt in range(_ATTEMPTS - 1):
        # With jitter, so that those who collided do not collide again.
        yield _FIRST_PAUSE_S * 2**attempt * random.uniform(0.5, 1)  # noqa: S311
    yield None


def _worth_retrying(refusal: Any) -> bool:
    reasons = refusal.get("CancellationReasons") or []
    codes = {refusal["Error"]["Code"], *(one.get("Code") for one in reasons)}
    return bool(codes & _PASSING)


def _condition(expect: int) -> dict[str, Any]:
    if expect == ANY:
        return {}
    if expect == ABSENT:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    values = {":ver": {"N": str(expect)}}
    return {"ConditionExpression": "ver = :ver", "ExpressionAttributeValues": values}


def _range(prefix: str, until: str | None) -> Condition | None:
    if until is not None:
        return Path("sk").between(prefix or " ", until)
    return Path("sk").startswith(prefix) if prefix else None


def _addition(op: Add) -> dict[str, Any]:
    """What is added, and the bounds as conditions on the counters before the addition."""
    values = {":one": {"N": "1"}}
    added: list[str] = []
    for i, (name, amount) in enumerate(sorted(op.counters.items())):
        values[f":a{i}"] = {"N": str(amount)}
        added.append(f"c_{name} :a{i}")
    # A row that is there keeps its version: additions are no changes of the document.
    update = "SET ver = if_not_exists(ver, :one)"
    told: dict[str, Any] = {}
    if op.ttl is not None:  # a word of DynamoDB's own
        values[":ttl"], told["ExpressionAttributeNames"] = {"N": str(op.ttl)}, {"#ttl": "ttl"}
        update += ", #ttl = :ttl"
    if added:
        update += f" ADD {', '.join(added)}"
    wanted: list[str] = []
    for bounds, sign, holds in ((op.floor, ">=", operator.ge), (op.ceiling, "<=", operator.le)):
        for name, bound in sorted(bounds.items()):
            before, value = bound - op.counters.get(name, 0), f":b{len(wanted)}"
            values[value] = {"N": str(before)}
            one = f"c_{name} {sign} {value}"
            absent = f"attribute_not_exists(c_{name})"
            wanted.append(f"({absent} OR {one})" if holds(0, before) else one)
    if wanted:
        told["ConditionExpression"] = " AND ".join(wanted)
    return told | {"UpdateExpression": update, "ExpressionAttributeValues": values}


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
