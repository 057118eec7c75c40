"""What is said to the owner of an acceptance point: opened, refused, suspended, closed."""

from city.adapters.table import Table
from city.contracts.merchants import MerchantAnswered
from city.kernel.text import Text, text
from city.notify import box

TITLES: dict[str, Text] = {
    "active": text("{name} đã được nhận thanh toán", "{name} may take payments"),
    "rejected": text("Chưa chấp nhận {name}", "{name} was not accepted"),
    "suspended": text("{name} tạm ngừng nhận thanh toán", "{name} is suspended"),
    "closed": text("{name} đã đóng", "{name} was closed"),
}
OPENED = text(
    "Mã treo quầy và mã một lần đã sẵn sàng trong mục Cửa hàng của tôi.",
    "The code for the counter and codes for one payment are ready under My shop.",
)


def tell(table: Table, event: MerchantAnswered, event_id: str) -> bool:
    """Put an answer into the owner's box; whether it is new there."""
    title = TITLES[event.state].format(name=event.name)
    otherwise = OPENED if event.state == "active" else title
    body = text(event.reason, event.reason) if event.reason else otherwise
    doc = {
        "kind": f"merchants.{event.state}",
        "title": title.model_dump(),
        "body": body.model_dump(),
        "link": f"/me/shop?id={event.merchant_id}",
    }
    return box.put(table, event.owner, event.at, event_id, doc)
