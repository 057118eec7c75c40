"""The bank's book, in SQLite: it outlives the city's stops, as a bank does.

Money here is made up at one place only: an account that is opened begins with what it is told.
Everything else moves, and `balance(GUARANTEE)` is what the city's provider has with the bank.
"""

import sqlite3
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

HUE = ZoneInfo("Asia/Ho_Chi_Minh")
GUARANTEE = "GUARANTEE"
OPENS_ITSELF, WELCOME_VND = "88", 200_000_000
CLOSED = "00000000"
Row = dict[str, Any]
_TABLES = """
create table if not exists accounts (
  number text primary key, holder text not null, opening integer not null);
create table if not exists bookings (
  id integer primary key, ref text unique, source text not null, target text not null,
  amount integer not null check (amount > 0), memo text not null, state text not null,
  code text not null default '', at text not null, shown integer not null, told integer not null);
"""


def plain(name: str) -> str:
    """A name as banks compare it: capitals without marks.

    >>> plain("Lê Thị  Đào")
    'LE THI DAO'
    """
    bare = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(c for c in bare if not unicodedata.combining(c))
    return " ".join(kept.upper().split())


class Book:
    """The book. A booking is WAITING until its time, then ACSC or RJCT, for ever."""

    def __init__(self, path: Path | None) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode=wal")
        self._db.executescript(_TABLES)
        self.open(GUARANTEE, "Hue-S", 0)

    def open(self, number: str, holder: str, opening_vnd: int) -> None:
        """Open an account; who has one keeps it."""
        told = (number, holder, opening_vnd)
        self._db.execute("insert or ignore into accounts values (?, ?, ?)", told)

    def in_name(self, number: str, holder: str) -> bool:
        """Whether an account is open in a name. Numbers from 88 open themselves, in the name that
        is asked for first: testers have no branch to go to."""
        account = number.partition("-")[2]
        if account.startswith(OPENS_ITSELF):
            self.open(number, holder, WELCOME_VND)
        row = self._one("select holder from accounts where number = ?", number)
        return row is not None and plain(row["holder"]) == plain(holder)

    def balance(self, number: str, before: str = "9999") -> int:
        """What an account has, of bookings before a moment."""
        row = self._one("select opening from accounts where number = ?", number)
        came = self._sum("target", number, before)
        return (row["opening"] if row else 0) + came - self._sum("source", number, before)

    def _sum(self, side: str, number: str, before: str) -> int:
        query = (
            f"select coalesce(sum(amount), 0) as total from bookings where {side} = ? "  # noqa: S608
            "and state = 'ACSC' and at < ?"
        )
        row = self._one(query, number, before)
        return int(row["total"]) if row else 0

    def take(self, wanted: Row, now: datetime, lag_s: float = 0.0, code: str = "") -> Row:
        """Take an instruction in: once under its reference, whatever comes again."""
        known = self.of(wanted["ref"])
        if known:
            return known
        at = now + timedelta(seconds=lag_s)
        # Until it is booked, whoever asks is told that nobody knows it: it came late.
        state = "RJCT" if code else "WAITING"
        given = tuple(wanted[name] for name in ("ref", "source", "target", "amount", "memo"))
        told = (*given, state, code, _stamp(at), int(not lag_s))
        self._db.execute(
            "insert into bookings (ref, source, target, amount, memo, state, code, at, shown, told)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            told,
        )
        self.settle(now)
        found = self.of(wanted["ref"])
        if found is None:
            raise LookupError(wanted["ref"])
        return found

    def settle(self, now: datetime) -> None:
        """Book what is due."""
        due = "select * from bookings where state = 'WAITING' and at <= ? order by id"
        for row in self._db.execute(due, (_stamp(now),)).fetchall():
            code = self._refusal(row)
            state = "RJCT" if code else "ACSC"
            done = "update bookings set state = ?, code = ?, shown = 1 where id = ?"
            self._db.execute(done, (state, code, row["id"]))

    def _refusal(self, row: sqlite3.Row) -> str:
        if CLOSED in (row["source"].partition("-")[2], row["target"].partition("-")[2]):
            return "AC04"  # ClosedAccountNumber
        known = self._one("select 1 from accounts where number = ?", row["source"])
        if known is None:
            return "AC01"  # IncorrectAccountNumber
        return "AM04" if self.balance(row["source"]) < row["amount"] else ""  # InsufficientFunds

    def of(self, ref: str) -> Row | None:
        """A booking by its reference."""
        row = self._one("select * from bookings where ref = ?", ref)
        return dict(row) if row else None

    def untold(self) -> list[Row]:
        """What is booked on the guarantee account and was not said yet."""
        query = (
            "select * from bookings where state = 'ACSC' and told = 0 and ? in (source, target)"
            " order by id limit 50"
        )
        return [dict(row) for row in self._db.execute(query, (GUARANTEE,))]

    def tell(self, number: int) -> None:
        """It was said."""
        self._db.execute("update bookings set told = 1 where id = ?", (number,))

    def day(self, day: date) -> tuple[int, list[Row]]:
        """The guarantee account's opening balance and bookings of a day in Huế."""
        start = _stamp(datetime.combine(day, time(), HUE))
        end = _stamp(datetime.combine(day + timedelta(days=1), time(), HUE))
        query = (
            "select * from bookings where state = 'ACSC' and at >= ? and at < ? "
            "and ? in (source, target) order by at, id"
        )
        rows = self._db.execute(query, (start, end, GUARANTEE)).fetchall()
        return self.balance(GUARANTEE, start), [dict(row) for row in rows]

    def shown(self) -> Row:
        """The whole book, for whoever tests."""
        accounts = [dict(row) for row in self._db.execute("select * from accounts limit 1000")]
        bookings = self._db.execute("select * from bookings order by id desc limit 1000")
        return {
            "simulator": True,
            "guarantee_vnd": self.balance(GUARANTEE),
            "accounts": [a | {"balance": self.balance(a["number"])} for a in accounts],
            "bookings": [dict(row) for row in bookings],
        }

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return found


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
