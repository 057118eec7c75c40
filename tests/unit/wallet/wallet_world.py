"""Wallets in memory; the bank's book is the simulator's own, and a test turns its answers."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from city.adapters.table_memory import MemoryTable
from city.bank.port import (
    Answer,
    BankAccount,
    BankUnavailable,
    Instruction,
    Line,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Pending,
    Rejected,
    Settled,
    Statement,
    Status,
)
from city.kernel.people import Principal
from city.ledger.limits import LimitBook
from city.wallet import banking, moving, opening, rights
from city.wallet.desk import Desk
from city.wallet.shapes import NewAmount, NewWallet, PaymentCard, WalletView
from city.wallet.store import Wallets

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))
from ledger_world import Books, balances, check_invariants, payments_of, settled

from infra.simulators.bank_book import GUARANTEE, Book

__all__ = ["GUARANTEE", "Town", "balances", "check_invariants", "payments_of", "person", "settled"]
DATA = Path(__file__).parents[3] / "infra" / "seed" / "data"
LIMITS = LimitBook.model_validate(json.loads((DATA / "limits.json").read_text("utf-8")))
BIN = "999946"


def person(
    name: str, *, stepped_up: bool = False, session: str = "phone", town: "Town"
) -> Principal:
    """Somebody with a verified identity."""
    until = town.books.now + timedelta(minutes=5) if stepped_up else None
    return Principal(
        user_id=name, roles=frozenset({"citizen"}), acr=2, session=session, stepped_up_until=until
    )


class BookBank:
    """The port over the simulator's book, without HTTP. `faults` strike the next calls."""

    def __init__(self, books: Books) -> None:
        self.book, self._books = Book(None), books
        self.faults: list[str] = []
        self.calls = 0

    def _fault(self) -> str:
        return self.faults.pop(0) if self.faults else ""

    @contextmanager
    def reach(self) -> Iterator["BookBank"]:
        if self.faults[:1] == ["refused"]:
            self.faults.pop(0)
            raise NotSent
        yield self

    def collect(self, wanted: Instruction) -> Answer:
        return self._take(wanted, self._number(wanted.other), GUARANTEE)

    def pay(self, wanted: Instruction) -> Answer:
        return self._take(wanted, GUARANTEE, self._number(wanted.other))

    def _take(self, wanted: Instruction, source: str, target: str) -> Answer:
        self.calls += 1
        fault = self._fault()
        if fault == "lost_request":
            raise OutcomeUnknown
        told = {"ref": wanted.ref, "source": source, "target": target,
                "amount": wanted.amount_vnd, "memo": wanted.memo}  # fmt: skip
        lag = 600.0 if fault == "late" else 0.0
        row = self.book.take(told, self._books.now, lag, "MS03" if fault == "reject" else "")
        if fault in ("lost_answer", "late"):
            raise OutcomeUnknown
        return self._answer(row)

    def _answer(self, row: dict[str, Any]) -> Answer:
        if row["state"] == "ACSC":
            return Settled(bank_ref=f"FT{row['id']}")
        return Pending() if row["state"] == "WAITING" else Rejected(code=row["code"])

    def same_name(self, account: BankAccount) -> bool:
        return self.book.in_name(self._number(account), account.holder)

    def status(self, ref: str) -> Status:
        if self._fault() == "query_down":
            raise BankUnavailable
        self.book.settle(self._books.now)
        row = self.book.of(ref)
        return self._answer(row) if row and row["shown"] else NotFound()

    def statement(self, day: date) -> Statement:
        raise BankUnavailable

    def news(self, ref: str) -> Line:
        """What the bank would say of a booking."""
        row = self.book.of(ref)
        assert row
        sign = 1 if row["target"] == GUARANTEE else -1
        return Line(ref=ref, bank_ref=f"FT{row['id']}", amount_vnd=sign * row["amount"],
                    at=self._books.now, memo=row["memo"])  # fmt: skip

    @staticmethod
    def _number(account: BankAccount) -> str:
        return f"{account.bank_bin}-{account.account}"


class Town:
    """Ledger, wallets and bank of one test."""

    def __init__(self, books: Books | None = None) -> None:
        self.books = books or Books()
        self.books.ledger = replace(self.books.ledger, limits=LIMITS)
        self.bank = BookBank(self.books)
        self.own = Wallets(MemoryTable(), "a secret of the test, long enough for anybody")
        self.claims: dict[str, Any] = {}
        self.desk = Desk(
            ledger=self.books.ledger, own=self.own, bank=self.bank,
            attested=lambda token, now: self.claims,
        )  # fmt: skip
        self._n = 0

    def key(self) -> str:
        self._n += 1
        return f"client-key-{self._n:04}"

    def open(self, who: Principal, name: str = "Nguyễn Thị Lan", phone: str = "") -> WalletView:
        """Open a wallet linked to an account that opens itself in the name."""
        self.claims = {"sub": who.user_id, "acr": "2", "name": name, "phone": phone or None}
        number = int.from_bytes(who.user_id.encode()[:4], "big") % 10**8
        body = NewWallet(attestation="x", bank_bin=BIN, account=f"88{number:08}")
        return opening.open_wallet(self.desk, body, who)

    def top_up(self, who: Principal, amount: int, *faults: str) -> PaymentCard:
        """Top up, and let the worker run once."""
        begun = moving.top_up(self.desk, NewAmount(amount_vnd=amount), who, self.key())
        self.bank.faults += faults
        banking.carry_out(self.desk, begun.id)
        return moving.payment(self.desk, begun.id, who)

    def cash_out(self, who: Principal, amount: int, *faults: str) -> PaymentCard:
        """Cash out, and let the worker run once."""
        begun = moving.cash_out(self.desk, NewAmount(amount_vnd=amount), who, self.key())
        self.bank.faults += faults
        banking.carry_out(self.desk, begun.id)
        return moving.payment(self.desk, begun.id, who)

    def minutes(self, number: int) -> None:
        """Let the clock run, minute by minute."""
        for _ in range(number):
            self.books.wait(minutes=1)
            banking.tend(self.desk)

    def done(self, account: str) -> list[tuple[str, str, str]]:
        """What somebody did at work, oldest first: about, action, words."""
        told = rights.export(self.desk, account).get("acts", [])
        return [(one["case"], one["action"], one.get("words", "")) for one in reversed(told)]

    def agree(self) -> None:
        """Our books, the invariants, and the bank's book agree."""
        settled(self.books)
        held = -balances(self.books.memory)["bank:escrow"]
        assert held == self.bank.book.balance(GUARANTEE), "the bank has another figure"
