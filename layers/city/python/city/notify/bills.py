"""What is said to payers about bills: due soon, autopay before and after."""

from datetime import date
from typing import Any

from city.adapters.table import Table
from city.contracts.bills import AutopayEnded, AutopayPlanned, AutopayStopped, BillDue
from city.kernel.text import Text, text
from city.notify import box

BillEvent = BillDue | AutopayPlanned | AutopayStopped | AutopayEnded
WORDS: dict[str, tuple[Text, Text]] = {
    "bill_due": (
        text("Hoá đơn {period} sắp đến hạn", "The bill {period} is due"),
        text("{amount} đồng, hạn {day}.", "{amount} đồng, due {day}."),
    ),
    "autopay_planned": (
        text("Sẽ tự trả hoá đơn {period}", "The bill {period} will be paid by itself"),
        text(
            "{amount} đồng, ngày {day}. Tắt tự trả trước ngày đó nếu bạn không muốn.",
            "{amount} đồng, on {day}. End autopay before that day if you do not want it.",
        ),
    ),
    "autopay_stopped": (
        text("Chưa tự trả hoá đơn {period}", "The bill {period} was not paid by itself"),
        text(
            "{amount} đồng: {why}. Bạn có thể tự trả trong mục Hoá đơn.",
            "{amount} đồng: {why}. You can pay it yourself under Bills.",
        ),
    ),
    "autopay_paid": (
        text("Đã tự trả hoá đơn {period}", "The bill {period} was paid by itself"),
        text("{amount} đồng. Có biên lai.", "{amount} đồng. There is a receipt."),
    ),
    "autopay_void": (
        text("Không tự trả được hoá đơn {period}", "The bill {period} could not be paid"),
        text("{amount} đồng đã trả về ví.", "{amount} đồng are back in the wallet."),
    ),
}
WHY: dict[str, Text] = {
    "over_ceiling": text("vượt mức trần bạn đặt", "it is over your ceiling"),
    "insufficient-funds": text("ví không đủ tiền", "there is not enough in the wallet"),
    "limit-exceeded": text("vượt hạn mức", "it is over the legal limit"),
    "wallet-frozen": text("ví đang khoá", "the wallet is frozen"),
}
OTHERWISE = text("nhà cung cấp hoặc ví chưa nhận", "the provider or the wallet did not take it")


def tell(table: Table, event: BillEvent, event_id: str) -> bool:
    """Put an event about a bill into its owner's box; whether it is new there."""
    kind = event.happened if not isinstance(event, AutopayEnded) else f"autopay_{event.outcome}"
    title, body = WORDS[kind]
    values = {"period": event.period, "amount": f"{event.amount_vnd:,}".replace(",", ".")}
    why = WHY.get(event.why, OTHERWISE) if isinstance(event, AutopayStopped) else OTHERWISE
    day: date | None = getattr(event, "due_on", None) or getattr(event, "on", None)
    said = f"{day:%d/%m/%Y}" if day else ""
    doc: dict[str, Any] = {
        "kind": f"bills.{kind}",
        "title": title.format(**values).model_dump(),
        "body": {
            "vi": body.vi.format(**values, day=said, why=why.vi),
            "en": body.en.format(**values, day=said, why=why.en),
        },
        "link": "/bills",
    }
    return box.put(table, event.owner, event.at, event_id, doc)
