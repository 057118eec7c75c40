"""The end of a shop's day: a file, a payout, and the fee that is taken out of it.

A day is settled once it is over, in steps that may each be repeated: it is closed (no line is added
to it any more), its file is kept, its payout is set aside, and the ledger begins the payout. Who
runs it again, or at the same time, goes on where the last one stopped. What cannot be paid out (a
day of refunds, a fee larger than the takings) goes on to another day.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta

from city.adapters.files import Files
from city.adapters.table import ABSENT, CommitConflict
from city.contracts.merchants import MerchantSettled
from city.kernel.clock import HUE
from city.kernel.ids import derived_id
from city.kernel.problems import Conflict
from city.ledger import payments
from city.ledger.model import ESCROW, ClientKey, Kind, Order, Payment
from city.ledger.workflow import State as Paid
from city.merchants.model import Merchant, Refund, Sale, Settlement, SettlementState
from city.merchants.office import found
from city.merchants.paying import Checkout
from city.merchants.takings import ATTEMPTS

FEE_ACCOUNT = "fee:merchants"
PAYOUT_LIFE = timedelta(days=3)
AT_MOST = 60  # shops in one run of the clock
LOOK_BACK = 7  # days
COLUMNS = (
    "kind", "time", "payment", "refund", "till", "reference", "amount_vnd", "fee_vnd",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def settle_all(checkout: Checkout, files: Files) -> int:
    """Settle what is over, a bounded number of shops at a time; how many. Run by the clock."""
    settled = 0
    today = checkout.office.today
    for back in range(LOOK_BACK, 0, -1):
        day = today - timedelta(days=back)
        for merchant_id in checkout.takings.to_settle(day, AT_MOST - settled):
            settle(checkout, files, merchant_id, day)
            settled += 1
        if settled >= AT_MOST:
            break
    return settled


def settle(checkout: Checkout, files: Files, merchant_id: str, day: date) -> Settlement:
    """Settle one day of one shop, from where it stands to the payout.

    Raises:
        ValueError: the day is not over. Conflict: somebody else is at it.
    """
    if day >= checkout.office.today:
        raise ValueError(day)
    merchant, _ = found(checkout.office, merchant_id)
    for _ in range(ATTEMPTS):
        held = checkout.takings.settlement(merchant_id, day)
        try:
            if held is None:
                _close(checkout, merchant_id, day)
            elif held[0].state is SettlementState.CLOSING:
                _file(checkout, files, merchant, *held)
            elif held[0].state is SettlementState.FILED:
                _pay_out(checkout, merchant, *held)
            else:
                return held[0]
        except CommitConflict:
            continue
    raise Conflict


def _close(checkout: Checkout, merchant_id: str, day: date) -> None:
    closing = Settlement(
        merchant=merchant_id, day=day, state=SettlementState.CLOSING, at=checkout.office.now
    )
    checkout.takings.step(closing, ABSENT, [])


def _file(
    checkout: Checkout, files: Files, merchant: Merchant, closing: Settlement, version: int
) -> None:
    """Keep the file; set aside what is paid out; hand on what is not."""
    takings, day = checkout.takings, closing.day
    figures = takings.figures(merchant.id, day)
    lines = list(takings.lines(merchant.id, day))
    _agree(lines, figures.sold_vnd, figures.refunded_vnd)
    # Refunds of today are of the same money: no more leaves than is there.
    gross = min(figures.due_vnd, takings.unpaid_vnd(merchant.id))
    payable = gross > 0 and gross > figures.fee_vnd
    gross, fee = (gross, max(figures.fee_vnd, 0)) if payable else (0, 0)
    made = closing.model_copy(
        update={
            "state": SettlementState.FILED if payable else SettlementState.NOTHING,
            "figures": figures,
            "lines": len(lines),
            "gross_vnd": gross,
            "fee_vnd": fee,
            "carried_vnd": figures.due_vnd - gross,
            "carried_fee_vnd": figures.fee_vnd - fee,
        }
    )
    sheet = as_csv(lines)
    folder = f"merchants/{merchant.id}/{day}"
    _, sha256 = files.keep(folder, f"{day}.csv", sheet, "text/csv; charset=utf-8")
    made = made.model_copy(update={"sha256": sha256})
    key, _ = files.keep(folder, f"{day}.json", as_json(made, lines), "application/json")
    made = made.model_copy(update={"document": key})
    event = MerchantSettled(
        merchant_id=merchant.id, day=day, net_vnd=made.net_vnd, sha256=sha256, at=made.at
    )
    told = (derived_id(made.at, merchant.id, str(day)), event, made.at)
    takings.file(made, version, checkout.office.today, [told])


def _agree(lines: list[Sale | Refund], sold_vnd: int, refunded_vnd: int) -> None:
    """The counters and the lines are written by the same commits; anything else is an alarm."""
    sold = sum(line.amount_vnd for line in lines if isinstance(line, Sale))
    back = sum(line.amount_vnd for line in lines if isinstance(line, Refund))
    if (sold, back) != (sold_vnd, refunded_vnd):
        raise RuntimeError("a day's lines and counters differ")


def _pay_out(checkout: Checkout, merchant: Merchant, filed: Settlement, version: int) -> None:
    """Begin the payout: once, whatever happens, by its key. The bank is somebody else's errand."""
    order = Order(
        kind=Kind.PAYOUT,
        owner=None,
        source=f"merchant:{merchant.id}",
        target=ESCROW,
        amount_vnd=filed.gross_vnd,
        fee_vnd=filed.fee_vnd,
        fee_account=FEE_ACCOUNT,
        fee_by="payee",
        key=ClientKey(principal="merchants", route="settle", key=f"{merchant.id}-{filed.day}"),
        expires_at=checkout.office.now + PAYOUT_LIFE,
        memo=f"{merchant.id} {filed.day}",
        facts={
            "bank_bin": merchant.payout.bank_bin,
            "account": merchant.payout.account,
            "holder": merchant.payout.holder,
            "sha256": filed.sha256,
        },
    )
    begun = payments.begin(checkout.ledger, order)
    sent = filed.model_copy(update={"state": SettlementState.SENT, "payment": begun.id})
    checkout.takings.step(sent, version, [])


def followed(checkout: Checkout, payout: Payment) -> None:
    """What became of a payout: paid, or come back and due again. Told twice it changes nothing.

    Raises:
        Conflict: its settlement is not that far yet; the message comes again.
    """
    merchant_id, _, day = payout.memo.partition(" ")
    held = checkout.takings.settlement(merchant_id, date.fromisoformat(day))
    if held is None or held[0].payment != payout.id:
        raise Conflict
    before, version = held
    if before.state is not SettlementState.SENT:
        return
    try:
        if payout.state is Paid.CAPTURED:
            paid = before.model_copy(update={"state": SettlementState.PAID})
            checkout.takings.step(paid, version, [])
        elif payout.state is Paid.VOID:
            back = before.model_copy(update={"state": SettlementState.RETURNED})
            checkout.takings.came_back(back, version, checkout.office.today)
    except CommitConflict as error:
        raise Conflict from error


def as_csv(lines: list[Sale | Refund]) -> bytes:
    """A day's lines as a sheet: UTF-8, no cell that a spreadsheet would run as a formula."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(lines):
        writer.writerow({name: _harmless(row[name]) for name in COLUMNS})
    return out.getvalue().encode()


def as_json(made: Settlement, lines: list[Sale | Refund]) -> bytes:
    """The same with the day's figures and the hash of the sheet."""
    document = {**made.model_dump(mode="json"), "net_vnd": made.net_vnd, "items": _rows(lines)}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _rows(lines: list[Sale | Refund]) -> list[dict[str, str | int]]:
    return list(_each(lines))


def _each(lines: list[Sale | Refund]) -> Iterator[dict[str, str | int]]:
    for line in lines:
        sold = isinstance(line, Sale)
        at = line.at if isinstance(line, Sale) else line.done_at or line.at
        yield {
            "kind": "sale" if sold else "refund",
            "time": at.astimezone(HUE).isoformat(timespec="seconds"),
            "payment": line.payment,
            "refund": "" if isinstance(line, Sale) else line.id,
            "till": line.till if isinstance(line, Sale) else "",
            "reference": line.reference if isinstance(line, Sale) else "",
            "amount_vnd": line.amount_vnd if sold else -line.amount_vnd,
            "fee_vnd": line.fee_vnd if isinstance(line, Sale) else -line.fee_back_vnd,
        }


def _harmless(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
