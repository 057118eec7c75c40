"""The bank over HTTP: what counts as an answer is written down here and nowhere else.

Refused before the first byte: `NotSent`. After that a timeout, a reset, a 3xx or 5xx, and whatever
is not the agreed message about this reference and amount: `OutcomeUnknown`. A refusal counts only
as a pain.002 with RJCT, never as a bare 4xx.
"""

import hashlib
import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from city.adapters import lines
from city.bank import messages
from city.bank.messages import Json, Unclear
from city.bank.port import (
    Answer,
    BankAccount,
    BankUnavailable,
    Instruction,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Statement,
    Status,
)
from city.kernel.clock import Clock

CONNECT_S, ANSWER_S = 3.0, 8.0
MAX_BODY = 16 * 1024 * 1024
_BROKEN = (OSError, http.client.HTTPException, Unclear)


class HttpCounter:
    """See `Counter`; good for one instruction."""

    def __init__(self, connection: http.client.HTTPConnection, key: str) -> None:
        self._connection, self._key = connection, key

    def collect(self, wanted: Instruction) -> Answer:
        """See `Counter.collect`."""
        return self._send("/collections", messages.direct_debit(wanted), wanted)

    def pay(self, wanted: Instruction) -> Answer:
        """See `Counter.pay`."""
        return self._send("/payments", messages.credit_transfer(wanted), wanted)

    def _send(self, path: str, body: Json, wanted: Instruction) -> Answer:
        try:
            _, raw = _exchange(self._connection, self._key, "POST", path, body)
            ref, amount_vnd, answer = messages.report(_document(raw))
            if (ref, amount_vnd) != (wanted.ref, wanted.amount_vnd):
                raise Unclear("about something else")
        except _BROKEN as fault:
            raise OutcomeUnknown(type(fault).__name__) from fault
        return answer


class HttpBank:
    """The port over HTTP. `key` goes with every request as a bearer token."""

    def __init__(
        self, url: str, key: str, now: Clock, *, connect_s: float = CONNECT_S,
        answer_s: float = ANSWER_S,
    ) -> None:  # fmt: skip
        self._at, self._key, self._now = urlsplit(url), key, now
        self._connect_s, self._answer_s = connect_s, answer_s

    @contextmanager
    def reach(self) -> Iterator[HttpCounter]:
        """See `BankGateway.reach`."""
        with closing(self._connected()) as connection:
            yield HttpCounter(connection, self._key)

    def same_name(self, account: BankAccount) -> bool:
        """See `BankGateway.same_name`."""
        at = self._now()
        words = f"{account.bank_bin} {account.account} {at.timestamp()}"
        message_id = hashlib.sha256(words.encode()).hexdigest()[:32]
        asked = messages.verification(account, message_id, at)
        _, told = self._read("POST", "/verifications", asked)
        try:
            one = told["IdVrfctnRpt"]["Rpt"][0]
            right = one["OrgnlId"] == message_id and isinstance(one["Vrfctn"], bool)
            if not right:
                raise BankUnavailable("verification")
            return bool(one["Vrfctn"])
        except (KeyError, IndexError, TypeError) as fault:
            raise BankUnavailable("verification") from fault

    def status(self, ref: str) -> Status:
        """See `BankGateway.status`."""
        status, told = self._read("GET", f"/payments/{quote(ref, safe='')}", None)
        if status == HTTPStatus.NOT_FOUND and told.get("Error") == "NOT_FOUND":
            return NotFound()
        try:
            found, _, answer = messages.report(told)
        except Unclear as fault:
            raise BankUnavailable("status") from fault
        if found != ref:
            raise BankUnavailable("another reference")
        return answer

    def statement(self, day: date) -> Statement:
        """See `BankGateway.statement`."""
        try:
            with closing(self._connected()) as connection:
                path = f"/statements/{day.isoformat()}"
                status, raw = _exchange(connection, self._key, "GET", path, None)
            if status != HTTPStatus.OK:
                raise Unclear(str(status))
            opening, end, lines = messages.statement_parts(_document(raw), day)
        except (*_BROKEN, NotSent) as fault:
            raise BankUnavailable(f"statement: {fault}") from fault
        return Statement(day=day, opening_vnd=opening, closing_vnd=end, lines=lines, raw=raw)

    def _connected(self) -> http.client.HTTPConnection:
        try:
            return lines.opened(self._at, self._connect_s, self._answer_s)
        except OSError as fault:
            raise NotSent(type(fault).__name__) from fault

    def _read(self, method: str, path: str, body: Json | None) -> tuple[int, Json]:
        """A question that changes nothing."""
        try:
            with closing(self._connected()) as connection:
                status, raw = _exchange(connection, self._key, method, path, body)
                return status, _document(raw)
        except (*_BROKEN, NotSent) as fault:
            raise BankUnavailable(type(fault).__name__) from fault


def _exchange(
    connection: http.client.HTTPConnection, key: str, method: str, path: str, body: Json | None
) -> tuple[int, bytes]:
    status, raw = lines.exchange(connection, key, method, path, body, MAX_BODY)
    no_answer = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    if len(raw) > MAX_BODY or no_answer or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unclear(str(status))
    return status, raw


def _document(raw: bytes) -> Json:
    try:
        told = json.loads(raw)
    except ValueError as fault:
        raise Unclear("not JSON") from fault
    if not isinstance(told, dict):
        raise Unclear("not a document")
    return told
