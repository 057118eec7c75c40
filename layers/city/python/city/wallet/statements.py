"""A month of a wallet: as data, as a sheet, as a page. Each adds up to the balance again."""

import csv
import io
from datetime import date, timedelta

from city.kernel.clock import HUE, local_date
from city.kernel.people import Principal
from city.kernel.problems import invalid
from city.ledger import reading
from city.wallet.desk import Desk, own_wallet
from city.wallet.shapes import StatementLine, StatementView

COLUMNS = ("seq", "time", "day", "what", "kind", "amount_vnd", "balance_vnd", "other", "memo",
           "payment_id", "hash")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def days(month: str) -> tuple[date, date]:
    """The first and the last day of a month.

    >>> days("2028-02")
    (datetime.date(2028, 2, 1), datetime.date(2028, 2, 29))
    """
    first = date.fromisoformat(f"{month}-01")
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return first, following - timedelta(days=1)


def of_month(desk: Desk, month: str | None, who: Principal) -> StatementView:
    """The caller's statement of a month.

    Raises:
        NoWallet. Invalid: the month has not begun.
    """
    wallet, today = own_wallet(desk, who), local_date(desk.now)
    wanted = month or f"{today:%Y-%m}"
    first, last = days(wanted)
    if first > today:
        raise invalid("month", "Tháng này chưa đến.", "This month has not begun.")
    found = reading.statement(desk.ledger, wallet.account, first, last)
    profile = desk.own.profile(who.user_id)
    amounts = [line.amount_vnd for line in found.lines]
    return StatementView(
        wallet_id=wallet.id,
        holder=profile.name if profile else "",
        month=wanted,
        first_day=first,
        last_day=last,
        opening_vnd=found.opening_vnd,
        closing_vnd=found.closing_vnd,
        in_vnd=sum(a for a in amounts if a > 0),
        out_vnd=-sum(a for a in amounts if a < 0),
        lines=[StatementLine.model_validate(line) for line in found.lines],
        chain_intact=found.broken_at is None,
        made_at=desk.now,
    )


def safe_cell(words: str) -> str:
    """Words that no spreadsheet takes for a formula.

    >>> safe_cell("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    """
    return f"'{words}" if words.startswith(_FORMULA) else words


def as_csv(told: StatementView) -> str:
    """The sheet (RFC 4180, with a byte order mark for spreadsheets): opening balance, lines,
    closing balance. Amounts are plain numbers, also below zero."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(COLUMNS)
    blank = [""] * 4
    sheet.writerow(["", "", told.first_day, "opening", "", "", told.opening_vnd, *blank])
    for line in told.lines:
        sheet.writerow(
            [line.seq, line.at.astimezone(HUE).isoformat(), line.day, line.what, line.kind,
             line.amount_vnd, line.balance_vnd, safe_cell(line.other), safe_cell(line.memo),
             line.payment_id, line.hash]
        )  # fmt: skip
    sheet.writerow(["", "", told.last_day, "closing", "", "", told.closing_vnd, *blank])
    return "\ufeff" + out.getvalue()
