"""A statement as pages of A4."""

import io
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from city.ledger.amounts import vnd
from city.wallet.shapes import SANDBOX, StatementLine, StatementView

if TYPE_CHECKING:
    from reportlab.platypus import Flowable, Paragraph

WHAT = {
    "capture": "Thanh toán",
    "refund": "Hoàn tiền",
    "reserve": "Giữ",
    "release": "Trả lại",
    "correct": "Điều chỉnh",
}


def as_pdf(told: StatementView) -> bytes:
    """The statement as pages of A4."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    from city.adapters.pdf import fonts

    fonts()
    out = io.BytesIO()
    page = SimpleDocTemplate(
        out, pagesize=A4, invariant=1, title=f"Sao kê ví {told.month}", author="Hue-S",
        leftMargin=15 * mm, rightMargin=15 * mm, topMargin=15 * mm, bottomMargin=15 * mm,
    )  # fmt: skip
    page.build(_flow(told))
    return out.getvalue()


def _flow(told: StatementView) -> "list[Flowable]":
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, Spacer, Table, TableStyle

    from city.adapters.pdf import BOLD, PLAIN

    small = ParagraphStyle("small", fontName=PLAIN, fontSize=7.5, leading=9.5)
    plain = ParagraphStyle("plain", parent=small, fontSize=9, leading=12)
    title = ParagraphStyle("title", parent=small, fontName=BOLD, fontSize=14, leading=18)
    head = f"{told.first_day:%d/%m/%Y} – {told.last_day:%d/%m/%Y}"
    intact = "nguyên vẹn · intact" if told.chain_intact else "KHÔNG KHỚP · BROKEN"
    rows: list[list[object]] = [
        ["Ngày · Day", "Nội dung · What", "Số tiền · Amount", "Số dư · Balance"],
        ["", "Số dư đầu kỳ · Opening balance", "", vnd(told.opening_vnd)],
    ]
    rows += [_row(line, lambda words: Paragraph(escape(words), small)) for line in told.lines]
    rows.append(["", "Số dư cuối kỳ · Closing balance", "", vnd(told.closing_vnd)])
    sheet = Table(rows, colWidths=[22 * mm, 92 * mm, 33 * mm, 33 * mm], repeatRows=1)
    sheet.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), PLAIN, 7.5),
                ("FONT", (0, 0), (-1, 0), BOLD, 7.5),
                ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.25, "#999999"),
            ]
        )
    )
    return [
        Paragraph("Sao kê ví · Wallet statement", title),
        Paragraph(escape(f"{told.holder} · {told.wallet_id} · {head}"), plain),
        Paragraph(escape(f"{SANDBOX.vi} {SANDBOX.en}"), plain),
        Spacer(1, 4 * mm),
        sheet,
        Spacer(1, 4 * mm),
        Paragraph(f"Chuỗi băm · hash chain: {intact}", small),
    ]


def _row(line: StatementLine, words: "Callable[[str], Paragraph]") -> list[object]:
    what = f"{WHAT.get(line.what, line.what)} · {line.kind} · {line.other}"
    text = f"{what} · {line.memo}" if line.memo else what
    day = line.day
    return [
        f"{day[8:]}/{day[5:7]}/{day[:4]}",
        words(text),
        vnd(line.amount_vnd),
        vnd(line.balance_vnd),
    ]
