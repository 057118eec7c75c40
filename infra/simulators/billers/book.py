"""A biller's book: customers, bills, payments. No HTTP, no clock of its own."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

HUE = ZoneInfo("Asia/Ho_Chi_Minh")
Answer = dict[str, Any]


@dataclass(frozen=True)
class Habits:
    """How this biller behaves."""

    idempotent: bool = True
    query: bool = True
    oldest_first: bool = False
    cancel: bool = False
    callbacks: bool = False
    lag_s: float = 0.0  # a payment is booked so much later, by habit
    closed: tuple[time, time] | None = None
    arrears_vnd: int = 0  # added to an open bill that is past its day
    part_least_vnd: int | None = None  # the least part of a bill that is taken
    over_most_vnd: int = 0  # taken over what is left, and kept for the next bill


@dataclass
class Invoice:
    """A bill."""

    bill_id: str
    customer_code: str
    period: str
    amount_vnd: int
    due_on: date
    version: int = 1
    expires_at: datetime | None = None
    paid_by: list[str] = field(default_factory=list)
    paid_vnd: int = 0

    @property
    def left_vnd(self) -> int:
        """What is left to pay."""
        return max(self.amount_vnd - self.paid_vnd, 0)


@dataclass
class Entry:
    """A payment that came in. `booked_at` may lie ahead: until then nobody here knows of it."""

    ref: str
    bill_id: str
    amount_vnd: int
    booked_at: datetime
    receipt: str
    known_before: bool = True
    state: str = "WAITING"  # then PAID, REJECTED or CANCELLED
    code: str = ""
    left_vnd: int = 0  # of the bill, when it was booked
    credit_vnd: int = 0  # of this payment, kept for the next bill
    refunds: list[dict[str, Any]] = field(default_factory=list)


class Book:
    """The book."""

    def __init__(self, name: str, habits: Habits) -> None:
        self.name, self.habits = name, habits
        self.customers: dict[str, str] = {}
        self.credit: Counter[str] = Counter()  # what customers have paid over, by code
        self.invoices: dict[str, Invoice] = {}
        self.entries: list[Entry] = []
        self._owed: dict[str, list[str]] = {}  # a customer's bills
        self._last: dict[str, Entry] = {}  # by reference
        self._waiting: list[Entry] = []

    def add(self, customer: str, name: str, *invoices: Invoice) -> None:
        """A customer and what they owe."""
        self.customers[customer] = name
        for each in invoices:
            if each.bill_id not in self.invoices:
                self._owed.setdefault(each.customer_code, []).append(each.bill_id)
            self.invoices[each.bill_id] = each

    def open_of(self, customer: str, now: datetime) -> list[Invoice]:
        """Unpaid and not expired, oldest first; arrears are added as they fall due."""
        found = [
            each
            for each in (self.invoices[bill_id] for bill_id in self._owed.get(customer, ()))
            if each.left_vnd and not _over(each, now)
        ]
        for each in found:
            if self.habits.arrears_vnd and each.version == 1 and each.due_on < _day(now):
                each.amount_vnd += self.habits.arrears_vnd
                each.version += 1
        found.sort(key=lambda each: (each.due_on, each.bill_id))
        for each in found:
            kept = min(self.credit[customer], each.left_vnd)
            if kept:
                self.credit[customer] -= kept
                each.paid_vnd += kept
                each.version += 1
        return [each for each in found if each.left_vnd]

    def pay(self, ref: str, bill_id: str, amount: int, now: datetime, lag_s: float) -> Answer:
        """A request to pay."""
        before = self.of(ref)
        if before and self.habits.idempotent:
            if (before.bill_id, before.amount_vnd) != (bill_id, amount):
                return _rejected(ref, "ref_reused")
            return self.answer(before)
        refusal = self._refusal(bill_id, amount, now)
        if refusal:
            return _rejected(ref, refusal)
        entry = Entry(
            ref, bill_id, amount, now + timedelta(seconds=lag_s or self.habits.lag_s),
            f"{self.name.upper()}-{len(self.entries) + 1:06}",
            known_before=not lag_s,
        )  # fmt: skip
        self.entries.append(entry)
        self._waiting.append(entry)
        self._last[ref] = entry
        self.settle(now)
        return self.answer(entry)

    def _refusal(self, bill_id: str, amount: int, now: datetime) -> str | None:
        bill = self.invoices.get(bill_id)
        if bill is None:
            return "unknown_bill"
        if self.habits.closed and _within(self.habits.closed, now):
            return "closed"
        if _over(bill, now):
            return "expired"
        older = self.open_of(bill.customer_code, now)
        if not bill.left_vnd and self.habits.idempotent:
            return "already_paid"
        if not self._takes(bill, amount):
            return "amount_changed"
        if self.habits.oldest_first and older and older[0].bill_id != bill_id:
            return "older_first"
        return None

    def settle(self, now: datetime) -> list[Entry]:
        """Book what is due; the entries that were."""
        done = []
        for entry in self._waiting:
            if entry.state == "WAITING" and entry.booked_at <= now:
                bill = self.invoices[entry.bill_id]
                if not bill.left_vnd and self.habits.idempotent:
                    entry.state, entry.code = "REJECTED", "already_paid"
                elif not self._takes(bill, entry.amount_vnd):
                    entry.state, entry.code = "REJECTED", "amount_changed"
                else:
                    self._books(bill, entry)
                done.append(entry)
        self._waiting = [each for each in self._waiting if each.state == "WAITING"]
        return done

    def _takes(self, bill: Invoice, amount: int) -> bool:
        """Whether this much is taken of a bill now (of one that is paid: once more)."""
        left, part = bill.left_vnd or bill.amount_vnd, self.habits.part_least_vnd
        least = left if part is None else min(part, left)
        return least <= amount <= left + self.habits.over_most_vnd

    def _books(self, bill: Invoice, entry: Entry) -> None:
        entry.state = "PAID"
        entry.credit_vnd = max(entry.amount_vnd - bill.left_vnd, 0) if bill.left_vnd else 0
        self.credit[bill.customer_code] += entry.credit_vnd
        bill.paid_by.append(entry.ref)
        bill.paid_vnd += entry.amount_vnd - entry.credit_vnd
        bill.version += 1
        entry.left_vnd = bill.left_vnd

    def of(self, ref: str) -> Entry | None:
        """The last payment under a reference."""
        return self._last.get(ref)

    def query(self, ref: str, now: datetime) -> Answer:
        """What became of a reference, as far as this desk knows."""
        self.settle(now)
        entry = self.of(ref)
        if entry is None or (entry.state == "WAITING" and not entry.known_before):
            return {"ref": ref, "status": "NOT_FOUND"}
        return self.answer(entry)

    def cancel(self, ref: str, now: datetime) -> Answer:
        """Take a payment back, once."""
        self.settle(now)
        entry = self.of(ref)
        if entry is None or entry.state == "REJECTED":
            return _rejected(ref, "nothing_to_cancel")
        if entry.refunds:
            return _rejected(ref, "partly_refunded")
        bill = self.invoices[entry.bill_id]
        if entry.state == "PAID" and self.credit[bill.customer_code] < entry.credit_vnd:
            return _rejected(ref, "credit_used")
        if entry.state == "PAID":
            self.credit[bill.customer_code] -= entry.credit_vnd
            bill.paid_by = [each for each in bill.paid_by if each != ref]
            bill.paid_vnd -= entry.amount_vnd - entry.credit_vnd
            bill.version += 1
        entry.state = "CANCELLED"
        return self.answer(entry)

    def refund(self, ref: str, amount: int) -> Entry:
        """Give a part back by the biller's own will.

        Raises:
            LookupError: not paid, or less is left.
        """
        entry = self.of(ref)
        given = sum(each["amount_vnd"] for each in entry.refunds) if entry else 0
        if entry is None or entry.state != "PAID" or given + amount > entry.amount_vnd:
            raise LookupError(ref)
        number = f"{entry.receipt}-R{len(entry.refunds) + 1}"
        entry.refunds.append({"id": number, "amount_vnd": amount})
        return entry

    def answer(self, entry: Entry) -> Answer:
        """An entry as a payment document."""
        if entry.state == "REJECTED":
            return _rejected(entry.ref, entry.code)
        if entry.state == "CANCELLED":
            return {"ref": entry.ref, "status": "CANCELLED"}
        if entry.state == "WAITING":
            return {"ref": entry.ref, "status": "PENDING"}
        return {
            "ref": entry.ref, "status": "PAID", "receipt": entry.receipt,
            "amount_vnd": entry.amount_vnd, "paid_at": entry.booked_at.isoformat(),
            "refunds": entry.refunds, "left_vnd": entry.left_vnd, "credit_vnd": entry.credit_vnd,
        }  # fmt: skip

    def statement(self, day: date, now: datetime) -> list[dict[str, Any]]:
        """The lines of one day: payments, and what was given back."""
        self.settle(now)
        rows = []
        for entry in self.entries:
            if entry.state == "PAID" and _day(entry.booked_at) == day:
                row = {
                    "ref": entry.ref, "bill_id": entry.bill_id, "amount_vnd": entry.amount_vnd,
                    "paid_at": entry.booked_at.isoformat(), "receipt": entry.receipt,
                }  # fmt: skip
                rows.append(row)
                rows += [
                    row | {"amount_vnd": -each["amount_vnd"], "receipt": each["id"]}
                    for each in entry.refunds
                ]
        return rows

    def shown(self) -> dict[str, Any]:
        """The whole book, for whoever tests."""
        return {
            "biller": self.name,
            "simulator": True,
            "customers": self.customers,
            "bills": [asdict(each) for each in self.invoices.values()],
            "entries": [asdict(each) for each in self.entries],
        }


def _rejected(ref: str, code: str) -> Answer:
    return {"ref": ref, "status": "REJECTED", "code": code, "final": True}


def _day(moment: datetime) -> date:
    return moment.astimezone(HUE).date()


def _over(bill: Invoice, now: datetime) -> bool:
    return bill.expires_at is not None and bill.expires_at <= now


def _within(span: tuple[time, time], now: datetime) -> bool:
    start, end = span
    at = now.astimezone(HUE).time()
    return start <= at < end if start <= end else at >= start or at < end
