"""A biller over HTTP: what counts as an answer is written down here and nowhere else.

* refused before the first byte (the connection itself): `NotSent`, nothing was asked;
* after that, a timeout, a reset, a 3xx or 5xx, a body that is not the agreed document, or one
  about another reference or amount: `OutcomeUnknown`;
* a refusal counts only as the agreed document with `status: REJECTED`, never as a bare 4xx.

The wire format is our own; a real biller's adapter would be another class with the same port.
"""

import csv
import hashlib
import http.client
import io
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import ValidationError

from city.adapters import lines
from city.billers.port import (
    BillerUnavailable,
    CancelAnswer,
    Cancelled,
    CustomerBills,
    NoSuchCustomer,
    NotFound,
    NotOffered,
    NotSent,
    OutcomeUnknown,
    Paid,
    PayAnswer,
    Pending,
    QueryAnswer,
    Rejected,
    Statement,
    StatementRow,
)

CONNECT_S, ANSWER_S = 3.0, 8.0
MAX_BODY = 4 * 1024 * 1024
COLUMNS = ["ref", "bill_id", "amount_vnd", "paid_at", "receipt"]


class Unclear(Exception):
    """The answer is not the agreed document."""


class HttpLine:
    """An open connection; good for one payment."""

    def __init__(self, connection: http.client.HTTPConnection, key: str, base: str) -> None:
        self._connection, self._key, self._base = connection, key, base

    def pay(self, ref: str, bill_id: str, amount_vnd: int) -> PayAnswer:
        """See `Line.pay`."""
        body = {"ref": ref, "bill_id": bill_id, "amount_vnd": amount_vnd}
        try:
            _, told = _ask(self._connection, self._key, "POST", f"{self._base}/payments", body)
            answer = answer_of(told, ref)
            if isinstance(answer, Paid) and answer.amount_vnd != amount_vnd:
                raise Unclear("another amount")
        except (OSError, http.client.HTTPException, Unclear) as fault:
            raise OutcomeUnknown(type(fault).__name__) from fault
        if isinstance(answer, NotFound | Cancelled):
            raise OutcomeUnknown(answer.outcome)
        return answer


class HttpBiller:
    """The port over HTTP. `key` goes with every request as a bearer token."""

    def __init__(
        self, biller: str, url: str, key: str, *, connect_s: float = CONNECT_S,
        answer_s: float = ANSWER_S,
    ) -> None:  # fmt: skip
        self.id = biller
        self._at, self._key = urlsplit(url), key
        self._base = self._at.path.rstrip("/")
        self._connect_s, self._answer_s = connect_s, answer_s

    @contextmanager
    def reach(self) -> Iterator[HttpLine]:
        """See `Biller.reach`."""
        with closing(self._connected()) as connection:
            yield HttpLine(connection, self._key, self._base)

    def lookup(self, customer_code: str) -> CustomerBills:
        """See `Biller.lookup`."""
        status, told = self._read(f"/bills?customer_code={quote(customer_code, safe='')}")
        if status == HTTPStatus.NOT_FOUND and told.get("status") == "NO_SUCH_CUSTOMER":
            raise NoSuchCustomer(self.id)
        try:
            found = CustomerBills.model_validate(told)
        except ValidationError as fault:
            raise BillerUnavailable("lookup") from fault
        if status != HTTPStatus.OK or found.customer_code != customer_code:
            raise BillerUnavailable("lookup")
        return found

    def query(self, ref: str) -> QueryAnswer:
        """See `Biller.query`."""
        status, told = self._read(f"/payments/{quote(ref, safe='')}")
        if status == HTTPStatus.NOT_IMPLEMENTED:
            raise NotOffered("query")
        try:
            return answer_of(told, ref)
        except Unclear as fault:
            raise BillerUnavailable("query") from fault

    def cancel(self, ref: str) -> CancelAnswer:
        """See `Biller.cancel`."""
        try:
            with closing(self._connected()) as connection:
                path = f"{self._base}/payments/{quote(ref, safe='')}/cancel"
                status, told = _ask(connection, self._key, "POST", path, {})
            if status == HTTPStatus.NOT_IMPLEMENTED:
                raise NotOffered("cancel")
            answer = answer_of(told, ref)
        except (OSError, http.client.HTTPException, Unclear, NotSent) as fault:
            raise OutcomeUnknown(type(fault).__name__) from fault
        if isinstance(answer, Paid | NotFound):
            raise OutcomeUnknown(answer.outcome)
        return answer

    def statement(self, day: date) -> Statement:
        """See `Biller.statement`."""
        try:
            with closing(self._connected()) as connection:
                path = f"{self._base}/statements/{day.isoformat()}.csv"
                status, raw = _exchange(connection, self._key, "GET", path, None)
        except (OSError, http.client.HTTPException, Unclear, NotSent) as fault:
            raise BillerUnavailable("statement") from fault
        if status != HTTPStatus.OK:
            raise BillerUnavailable(f"statement {status}")
        try:
            rows = _rows(raw.decode("utf-8-sig"))
        except (ValueError, KeyError, csv.Error) as fault:
            raise BillerUnavailable("statement unreadable") from fault
        sha256 = hashlib.sha256(raw).hexdigest()
        return Statement(biller=self.id, day=day, rows=rows, sha256=sha256, raw=raw)

    def _connected(self) -> http.client.HTTPConnection:
        try:
            return lines.opened(self._at, self._connect_s, self._answer_s)
        except OSError as fault:
            raise NotSent(type(fault).__name__) from fault

    def _read(self, path: str) -> tuple[int, dict[str, Any]]:
        """A question that changes nothing."""
        try:
            with closing(self._connected()) as connection:
                return _ask(connection, self._key, "GET", self._base + path, None)
        except (OSError, http.client.HTTPException, Unclear, NotSent) as fault:
            raise BillerUnavailable(type(fault).__name__) from fault


def _exchange(
    connection: http.client.HTTPConnection,
    key: str,
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> tuple[int, bytes]:
    status, raw = lines.exchange(connection, key, method, path, body, MAX_BODY)
    if len(raw) > MAX_BODY:
        raise Unclear("too long")
    return status, raw


def _ask(
    connection: http.client.HTTPConnection,
    key: str,
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> tuple[int, dict[str, Any]]:
    """Status and JSON document; 501 is a clear "not offered", other 3xx and 5xx are no answer."""
    status, raw = _exchange(connection, key, method, path, body)
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return status, {}
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST or status >= 500:
        raise Unclear(str(status))
    try:
        told = json.loads(raw)
    except ValueError as fault:
        raise Unclear("not JSON") from fault
    if not isinstance(told, dict):
        raise Unclear("not a document")
    return status, told


def answer_of(told: dict[str, Any], ref: str) -> QueryAnswer:
    """A payment document in our words.

    Raises:
        Unclear: about another reference, or not one of the agreed statuses.
    """
    if told.get("ref") != ref:
        raise Unclear("another reference")
    try:
        match told.get("status"):
            case "PAID":
                return Paid.model_validate(told | {"outcome": "paid"})
            case "REJECTED":
                return Rejected(code=told["code"], final=told["final"] is True)
            case "PENDING":
                return Pending()
            case "NOT_FOUND":
                return NotFound()
            case "CANCELLED":
                return Cancelled()
    except (ValidationError, KeyError) as fault:
        raise Unclear("incomplete") from fault
    raise Unclear("no status")


def _rows(text: str) -> tuple[StatementRow, ...]:
    read = csv.DictReader(io.StringIO(text))
    if read.fieldnames != COLUMNS:
        raise ValueError("columns")
    return tuple(
        StatementRow(
            ref=row["ref"],
            bill_id=row["bill_id"],
            amount_vnd=int(row["amount_vnd"]),
            paid_at=datetime.fromisoformat(row["paid_at"]),
            receipt=row["receipt"],
        )
        for row in read
    )
