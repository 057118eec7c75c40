"""What those behind the counter see of the money: today's sales as they come, and settled days."""

import hashlib
from datetime import date

from city.adapters.files import Files
from city.adapters.routes import Reply, Request
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import NotFound
from city.merchants.model import Part, Sale, Settlement, SettlementState
from city.merchants.office import at_work
from city.merchants.paying import Checkout, receipt
from city.merchants.shapes import FileQuery, Receipt, Sales, SaleView, SettlementView, Totals
from city.merchants.takings import Takings

NOT_MODIFIED = 304
MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def sales(checkout: Checkout, merchant_id: str, query: PageQuery, who: Principal) -> Sales:
    """Today's figures and a page of sales, newest first.

    Raises:
        NotFound: the caller does not work there.
    """
    at_work(checkout.office, "merchants:sales", merchant_id, who)
    after = decode_cursor(query.cursor).get("a")
    found, more = checkout.takings.sales(merchant_id, after, query.limit)
    return Sales(
        today=totals(checkout.takings, merchant_id, checkout.office.today),
        items=[_sale(sale) for sale in found],
        next_cursor=encode_cursor({"a": more}) if more else None,
    )


def unless_known(shown: Sales, request: Request) -> Reply:
    """The answer with its ETag (RFC 9110 section 13.1.2), or 304 if the caller has it: a sales page
    asks every few seconds and mostly nothing has changed."""
    tag = f'"{hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {each.strip() for each in request.headers.get("if-none-match", "").split(",")}
    return (
        Reply(status=NOT_MODIFIED, headers=headers)
        if tag in known
        else Reply(shown, headers=headers)
    )


def totals(takings: Takings, merchant_id: str, day: date) -> Totals:
    """A day's figures."""
    figures = takings.figures(merchant_id, day)
    return Totals(
        day=day,
        net_vnd=figures.due_vnd - figures.fee_vnd,
        **figures.model_dump(),
    )


def _sale(sale: Sale) -> SaleView:
    return SaleView(
        **sale.model_dump(
            include={
                "payment", "at", "amount_vnd", "fee_vnd", "refunded_vnd", "till", "reference",
            }
        )
    )  # fmt: skip


def shown_receipt(checkout: Checkout, payment_id: str, who: Principal) -> Receipt:
    """A payment, for who paid it and for those who work where it was paid.

    Raises:
        NotFound: neither.
    """
    held = checkout.takings.sale(payment_id)
    if held is None:
        raise NotFound(what="thanh toán / payment")
    payer = checkout.payer(payment_id)
    if payer != who.user_id:
        at_work(checkout.office, "merchants:shown_receipt", held[0].merchant, who)
    return receipt(checkout, held[0])


def settlements(
    checkout: Checkout, merchant_id: str, query: PageQuery, who: Principal
) -> Page[SettlementView]:
    """Settled days, newest first; for owner and managers.

    Raises:
        NotFound, Forbidden: neither of them.
    """
    at_work(checkout.office, "merchants:settlements", merchant_id, who, Part.OWNER, Part.MANAGER)
    after = decode_cursor(query.cursor).get("a")
    found, more = checkout.takings.settlements(merchant_id, after, query.limit)
    return Page(
        items=[_settlement(each) for each in found],
        next_cursor=encode_cursor({"a": more}) if more else None,
    )


def _settlement(each: Settlement) -> SettlementView:
    shown = each.model_dump(
        include={"day", "state", "lines", "sha256", "gross_vnd", "fee_vnd", "carried_vnd"}
    )
    return SettlementView(net_vnd=each.net_vnd, **shown)


def day_file(
    checkout: Checkout, files: Files, merchant_id: str, day: str, query: FileQuery, who: Principal
) -> Reply:
    """The file of a settled day, as it was kept; for owner and managers.

    Raises:
        NotFound, Forbidden: neither of them, or no such day.
    """
    at_work(checkout.office, "merchants:day_file", merchant_id, who, Part.OWNER, Part.MANAGER)
    held = checkout.takings.settlement(merchant_id, _day(day))
    if held is None or held[0].state is SettlementState.CLOSING:
        raise NotFound(what=day)
    sheet = f"merchants/{merchant_id}/{day}/{held[0].sha256}/{day}.csv"
    key = sheet if query.format == "csv" else held[0].document
    data = files.read(key)
    if data is None:
        raise NotFound(what=day)
    headers = {
        "ETag": f'"{key.split("/")[-2]}"',
        "Content-Disposition": f'attachment; filename="{merchant_id}-{day}.{query.format}"',
        "Cache-Control": "private, no-cache",
    }
    return Reply(data.decode(), headers=headers, media_type=MEDIA[query.format])


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError as error:
        raise NotFound(what=words[:20]) from error
