"""The pack's PDF, for whoever reads paper."""

import io
from datetime import datetime
from typing import Any

from city.adapters.pdf import BOLD, PLAIN, fonts
from city.kernel.clock import HUE
from city.kernel.reference import Agency
from city.violations.model import Entry, Violation

MARGIN = 40
WIDTH = 515
STILL_HEIGHT = 180


def _when(moment: datetime) -> str:
    return moment.astimezone(HUE).strftime("%H:%M:%S %d/%m/%Y")


def document(
    violation: Violation,
    agency: Agency | None,
    files: list[dict[str, Any]],
    chain: list[Entry],
    stills: list[bytes],
) -> bytes:
    """The report as PDF; the same case makes the same bytes."""
    from xml.sax.saxutils import escape

    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Spacer, Table

    fonts()
    plain = ParagraphStyle("plain", fontName=PLAIN, fontSize=9, leading=12)
    small = ParagraphStyle("small", fontName=PLAIN, fontSize=6.5, leading=8, wordWrap="CJK")
    head = ParagraphStyle("head", fontName=BOLD, fontSize=11, leading=16, spaceBefore=8)
    title = ParagraphStyle("title", fontName=BOLD, fontSize=15, leading=22)

    def rows(listed: list[list[str]], widths: list[int], style: ParagraphStyle) -> Table:
        cells = [[Paragraph(escape(cell), style) for cell in row] for row in listed]
        lines = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.25, "#999")]
        return Table(cells, colWidths=widths, style=lines, repeatRows=0)

    story: list[Any] = [
        Paragraph(escape(f"Hồ sơ vụ việc {violation.code}"), title),
        Paragraph(
            "Máy phát hiện, cán bộ đã xác nhận. Không phải quyết định xử phạt. "
            "/ Seen by a machine, confirmed by a person. Not a decision, not a fine.",
            plain,
        ),
        Spacer(1, 8),
        rows(_facts(violation, agency), [150, WIDTH - 150], plain),
        Paragraph("Hình ảnh / Stills", head),
    ]
    for still in stills:
        try:
            wide, high = ImageReader(io.BytesIO(still)).getSize()
        except OSError:
            continue  # no picture after all; its file and hash are in the pack
        scale = min(WIDTH / wide, STILL_HEIGHT / high)
        story += [Image(io.BytesIO(still), wide * scale, high * scale), Spacer(1, 6)]
    story += [
        Paragraph("Tệp và mã băm SHA-256 / Files and their hashes", head),
        rows([[f["file"], f["taken_at"], f["sha256"]] for f in files] or [["–", "", ""]],
             [130, 115, WIDTH - 245], small),
        Paragraph("Chuỗi lưu giữ / Chain of custody", head),
        rows([[str(e.seq), _when(e.at), f"{e.role} {e.by}", e.action, e.hash] for e in chain],
             [22, 88, 130, 70, WIDTH - 310], small),
    ]  # fmt: skip
    out = io.BytesIO()
    made = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
        bottomMargin=MARGIN, title=violation.code, author="Hue-S", invariant=1,
    )  # fmt: skip
    made.build(story)
    return out.getvalue()


def _facts(violation: Violation, agency: Agency | None) -> list[list[str]]:
    lat, lon = violation.place
    found = [
        ["Gửi tới / To", agency.name.vi if agency else str(violation.handed_to)],
        ["Hành vi / What", f"{violation.rule_name.vi} / {violation.rule_name.en}"],
        ["Điều luật / Article", violation.legal_article or "–"],
        ["Camera", f"{violation.camera_id}: {violation.camera_name.vi}"],
        ["Nơi / Place", f"{lat:.5f}, {lon:.5f}"],
        ["Từ / From", _when(violation.started_at)],
        ["Đến / To", _when(violation.ended_at)],
        ["Biển số / Plate", violation.plate or "–"],
        ["Độ tin cậy của máy / Machine's score", f"{violation.score:.2f} ({violation.model})"],
        ["Quy tắc / Rule", f"{violation.rule_id}, v{violation.rule_version}"],
        ["Người xác nhận / Confirmed by", violation.judged_by or "–"],
        ["Lúc / At", _when(violation.judged_at) if violation.judged_at else "–"],
        ["Ghi chú / Note", violation.note or "–"],
    ]
    if violation.simulated:
        found.append(["Lưu ý / Note well", "Cảnh mô phỏng, không có thật / A simulated scene"])
    return found
