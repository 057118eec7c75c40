"""Receipts: as data, as PDF, and what everybody may check of one by its code.

The code is the payment's id and a keyed hash of it: nobody can make one, nothing is stored for it.
"""

import hashlib
import hmac
import io
from typing import TYPE_CHECKING

from city.billers.traits import NoSuchBiller
from city.bills.desk import Desk
from city.bills.model import BillReceipt, ReceiptCheck
from city.kernel.clock import HUE, local_date
from city.kernel.ids import ALPHABET, ULID_LENGTH, is_ulid
from city.kernel.problems import NotFound
from city.kernel.text import Text
from city.ledger.amounts import vnd
from city.ledger.book import read_payment
from city.ledger.model import Kind, Payment
from city.ledger.workflow import PAID, STATE_NAMES

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

MARK = 12  # characters of 5 bits: 60 bits


def receipt_code(secret: str, payment: Payment) -> str:
    """The code of a payment's receipt."""
    return f"{payment.id}-{_mark(secret, payment.id)}"


def _mark(secret: str, payment_id: str) -> str:
    digest = hmac.new(secret.encode(), f"receipt {payment_id}".encode(), hashlib.sha256).digest()
    return "".join(ALPHABET[byte % 32] for byte in digest[:MARK])


def _name(desk: Desk, payment: Payment) -> tuple[Text, bool]:
    biller = payment.bill.biller if payment.bill else ""
    try:
        traits = desk.register.traits(biller, payment.created_at)
    except NoSuchBiller:
        return Text(vi=biller, en=biller), False
    return traits.name, traits.invented


def receipt(desk: Desk, payment: Payment, customer_code: str) -> BillReceipt:
    """The receipt of a payment that was made.

    Raises:
        NotFound: it was not made (yet).
    """
    if payment.state not in PAID or payment.captured_at is None or payment.bill is None:
        raise NotFound(what="biên lai / receipt")
    name, simulator = _name(desk, payment)
    code = receipt_code(desk.secret, payment)
    left = payment.facts.get("left_vnd")
    whole = payment.bill.most_vnd is None
    return BillReceipt(
        **payment.model_dump(include={"amount_vnd", "fee_vnd", "refunded_vnd"}),
        code=code,
        payment_id=payment.id,
        state=payment.state.value,
        biller=payment.bill.biller,
        biller_name=name,
        bill_id=payment.bill.bill_id,
        period=payment.facts.get("period", ""),
        customer_code=customer_code,
        left_vnd=int(left) if left else (0 if whole else None),
        credit_vnd=int(payment.facts.get("credit_vnd", 0)),
        paid_at=payment.captured_at,
        biller_receipt=payment.receipt,
        verify_url=f"{desk.base_url}/receipts/{code}",
        simulator=simulator,
    )


def verify(desk: Desk, code: str) -> ReceiptCheck:
    """What everybody may know of a receipt.

    Raises:
        NotFound: we issued no such receipt.
    """
    payment_id, _, mark = code.strip().upper().partition("-")
    known = len(payment_id) == ULID_LENGTH and is_ulid(payment_id)
    if not known or not hmac.compare_digest(mark.encode(), _mark(desk.secret, payment_id).encode()):
        raise NotFound(what="biên lai / receipt")
    payment = read_payment(desk.ledger.table, payment_id)
    if payment is None or payment.kind is not Kind.BILL or payment.captured_at is None:
        raise NotFound(what="biên lai / receipt")
    name, simulator = _name(desk, payment)
    return ReceiptCheck(
        code=f"{payment_id}-{mark}",
        genuine=True,
        state=payment.state.value,
        state_name=STATE_NAMES[payment.state],
        biller_name=name,
        period=payment.facts.get("period", ""),
        amount_vnd=payment.amount_vnd,
        refunded_vnd=payment.refunded_vnd,
        paid_on=local_date(payment.captured_at),
        simulator=simulator,
    )


def pdf(told: BillReceipt) -> bytes:
    """The receipt as a page of A5 with a QR code of its checking address."""
    import segno
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    from city.adapters.pdf import BOLD, PLAIN, fonts

    fonts()
    out = io.BytesIO()
    page = Canvas(out, pagesize=A5, invariant=1)
    page.setTitle(f"Biên lai {told.code}")
    page.setAuthor("Hue-S")
    width, height = A5
    page.setFont(BOLD, 15)
    page.drawString(14 * mm, height - 20 * mm, "Biên lai thanh toán · Receipt")
    y = height - 30 * mm
    for label, value in _lines(told):
        page.setFont(PLAIN, 8)
        page.drawString(14 * mm, y, label)
        page.setFont(BOLD if label.startswith("Số tiền") else PLAIN, 10)
        page.drawRightString(width - 14 * mm, y, value)
        y -= 8 * mm
    _qr(page, segno.make(told.verify_url, error="m"), width - 44 * mm, 18 * mm)
    page.setFont(PLAIN, 7)
    page.drawString(14 * mm, 40 * mm, "Kiểm tra biên lai · check this receipt:")
    page.drawString(14 * mm, 36 * mm, told.code)
    if told.simulator:
        page.drawString(14 * mm, 22 * mm, "Ví và nhà cung cấp mô phỏng: không có tiền thật.")
        page.drawString(14 * mm, 18 * mm, "Sandbox wallet and provider: no real money.")
    page.showPage()
    page.save()
    return out.getvalue()


def _lines(told: BillReceipt) -> list[tuple[str, str]]:
    rows = [
        ("Nhà cung cấp · Provider", told.biller_name.vi),
        ("Mã khách hàng · Customer code", told.customer_code),
        ("Kỳ · Period", told.period),
        ("Hoá đơn · Bill", told.bill_id),
        ("Số tiền · Amount", f"{vnd(told.amount_vnd)} đ"),
        ("Phí · Fee", f"{vnd(told.fee_vnd)} đ"),
        ("Thời điểm · Time", f"{told.paid_at.astimezone(HUE):%d/%m/%Y %H:%M:%S}"),
        ("Số của nhà cung cấp · Their number", told.biller_receipt),
    ]
    if told.left_vnd:
        rows.append(("Còn phải trả lúc đó · Left to pay then", f"{vnd(told.left_vnd)} đ"))
    if told.credit_vnd:
        rows.append(("Chuyển kỳ sau · Kept for the next period", f"{vnd(told.credit_vnd)} đ"))
    if told.refunded_vnd:
        rows.append(("Đã hoàn · Refunded", f"{vnd(told.refunded_vnd)} đ"))
    return rows


def _qr(page: "Canvas", code: object, left: float, bottom: float) -> None:
    """A QR code as squares of 30 mm in all."""
    matrix = [list(row) for row in code.matrix]  # type: ignore[attr-defined]
    side = 85.0 / len(matrix)
    for y, row in enumerate(reversed(matrix)):
        for x, dark in enumerate(row):
            if dark:
                page.rect(left + x * side, bottom + y * side, side, side, stroke=0, fill=1)
