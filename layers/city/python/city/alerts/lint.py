"""What the OASIS schema lets pass and a good warning must not have.

An Update without references, a polygon that crosses itself, blocks that say different things in
two languages: all of that is valid XML. Every finding names its field in both languages; `advice`
does not stop a release, everything else does.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import BaseModel

from city.alerts.cap import CapAlert, CapArea, Info, Ring
from city.alerts.shapes import MAX_VERTICES, simple, to_grid
from city.kernel.geo import Box

LANGUAGES = ("vi-VN", "en-US")
MAX_EVENT, MAX_AREA_NAME, MAX_HEADLINE = 35, 50, 160
MAX_DESCRIPTION, MAX_INSTRUCTION = 4000, 2000
MAX_POLYGONS = 20  # with 100 positions each a message stays far under what the bus takes
LONGEST = timedelta(days=7)
AROUND_HUE = Box(106.0, 15.0, 111.0, 18.0)  # with the sea; swapped coordinates fall outside
EXERCISE_MARKS = {"vi-VN": "[DIỄN TẬP]", "en-US": "[EXERCISE]"}
TEST_MARKS = {"vi-VN": "[THỬ NGHIỆM]", "en-US": "[TEST]"}
_FORBIDDEN = re.compile(r"[\s,<&]")
_REFERENCE = re.compile(
    r"[^\s,<&]+,[^\s,<&]+,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", flags=re.ASCII
)
_EQUAL = (
    ("categories", "category"),
    ("responses", "responseType"),
    ("urgency", "urgency"),
    ("severity", "severity"),
    ("certainty", "certainty"),
    ("effective", "effective"),
    ("onset", "onset"),
    ("expires", "expires"),
    ("event_codes", "eventCode"),
    ("audience", "audience"),
)
_TALKING = {
    "vi-VN": ("người dân sẽ", "chúng tôi", "bà con nên", "bạn nên", "có thể"),
    "en-US": ("people should", "residents should", "you should", "we ", "it is ", "there "),
}


class Finding(BaseModel, frozen=True):
    """Something to mend."""

    field: str
    vi: str
    en: str
    advice: bool = False


def lint(message: CapAlert, box: Box = AROUND_HUE) -> list[Finding]:
    """Everything that is wrong with a message."""
    found = [*_header(message), *_references(message), *_languages(message)]
    for i, info in enumerate(message.infos):
        where = f"info.{i}"
        found += [*_times(where, message, info), *_words(where, message, info)]
        found += _mark(where, message, info)
        if not info.areas:
            found.append(_f(f"{where}.area", "Thiếu vùng cảnh báo.", "No area is given."))
        for j, area in enumerate(info.areas):
            found += _area(f"{where}.area.{j}", area, box)
    return found


def blocking(findings: list[Finding]) -> list[Finding]:
    """Those that stop a release."""
    return [each for each in findings if not each.advice]


def _f(field: str, vi: str, en: str, *, advice: bool = False) -> Finding:
    return Finding(field=field, vi=vi, en=en, advice=advice)


def _header(message: CapAlert) -> Iterator[Finding]:
    for name, value in (("identifier", message.identifier), ("sender", message.sender)):
        if not value or _FORBIDDEN.search(value):
            yield _f(
                name,
                "Không được trống, không chứa khoảng trắng và các ký tự , < &.",
                "Must not be empty or contain spaces or the characters , < &.",
            )
    if message.sent.tzinfo is None:
        yield _f("sent", "Thời điểm phải có múi giờ.", "The time needs an offset.")
    if message.status != "Actual" and not (message.note or "").strip():
        yield _f(
            "note",
            "Diễn tập và thử nghiệm phải có ghi chú nói rõ.",
            "An exercise or test must say so in its note.",
        )


def _references(message: CapAlert) -> Iterator[Finding]:
    if message.message_type == "Alert" and message.references:
        yield _f("references", "Bản tin đầu không có tham chiếu.", "A first message has none.")
    if message.message_type != "Alert" and not message.references:
        yield _f(
            "references",
            "Cập nhật và hủy phải nêu các bản tin trước còn hiệu lực.",
            "An update or cancellation must name the earlier messages still in force.",
        )
    for given in message.references:
        if not _REFERENCE.fullmatch(given):
            yield _f(
                "references",
                f"Tham chiếu sai dạng: {given[:80]}",
                f"Not sender,identifier,sent: {given[:80]}",
            )
        elif given.split(",")[1] == message.identifier:
            yield _f("references", "Bản tin nêu chính nó.", "The message names itself.")


def _languages(message: CapAlert) -> Iterator[Finding]:
    if tuple(info.language for info in message.infos) != LANGUAGES:
        yield _f(
            "info.language",
            "Cần đúng hai khối: vi-VN rồi en-US.",
            "Exactly two blocks are needed: vi-VN, then en-US.",
        )
        return
    first, second = message.infos
    for attribute, name in _EQUAL:
        if getattr(first, attribute) != getattr(second, attribute):
            yield _f(
                f"info.1.{name}",
                "Hai ngôn ngữ phải nói cùng một điều.",
                "Both languages must say the same.",
            )
    shapes = [[(a.polygons, a.circles, a.geocodes) for a in info.areas] for info in message.infos]
    if shapes[0] != shapes[1]:
        yield _f(
            "info.1.area", "Hai ngôn ngữ phải cùng vùng.", "Both languages must have the same area."
        )
    values = [[(p.name, p.value) for p in info.parameters] for info in message.infos]
    if [name for name, _ in values[0]] != [name for name, _ in values[1]]:
        yield _f(
            "info.1.parameter",
            "Hai ngôn ngữ phải cùng tham số.",
            "Both languages must have the same parameters.",
        )


def _times(where: str, message: CapAlert, info: Info) -> Iterator[Finding]:
    for name, moment in (
        ("effective", info.effective),
        ("onset", info.onset),
        ("expires", info.expires),
    ):
        if isinstance(moment, datetime) and moment.tzinfo is None:
            yield _f(f"{where}.{name}", "Thời điểm phải có múi giờ.", "The time needs an offset.")
            return
    if message.sent.tzinfo is None:
        return
    if info.expires is None:
        yield _f(f"{where}.expires", "Cần thời điểm hết hạn.", "An expiry time is needed.")
    elif info.expires <= max(message.sent, info.effective or message.sent):
        yield _f(
            f"{where}.expires", "Phải sau khi gửi và có hiệu lực.", "Must be after it takes effect."
        )
    elif info.expires - message.sent > LONGEST:
        yield _f(f"{where}.expires", "Tối đa 7 ngày.", "At most seven days.")
    if info.urgency == "Past" and message.message_type == "Alert":
        yield _f(
            f"{where}.urgency",
            "Bản tin đầu không thể nói về việc đã qua.",
            "A first message cannot be about what is over.",
        )


def _words(where: str, message: CapAlert, info: Info) -> Iterator[Finding]:
    for name, words, most in (
        ("event", info.event, MAX_EVENT),
        ("headline", info.headline or "", MAX_HEADLINE),
        ("description", info.description or "", MAX_DESCRIPTION),
        ("instruction", info.instruction or "", MAX_INSTRUCTION),
    ):
        if not words.strip():
            if name != "instruction" or message.message_type != "Cancel":
                yield _f(f"{where}.{name}", "Không được để trống.", "Must not be empty.")
        elif len(words) > most:
            yield _f(f"{where}.{name}", f"Tối đa {most} ký tự.", f"At most {most} characters.")
    for name in ("urgency", "severity", "certainty"):
        if getattr(info, name) == "Unknown":
            yield _f(f"{where}.{name}", "Không dùng “Unknown”.", "“Unknown” tells people nothing.")
    if not info.categories:
        yield _f(f"{where}.category", "Cần ít nhất một loại.", "At least one is needed.")
    if "None" in info.responses and len(info.responses) > 1:
        yield _f(f"{where}.responseType", "“None” không đi cùng loại khác.", "“None” stands alone.")
    names = [p.name for p in info.parameters]
    if len(set(names)) < len(names):
        yield _f(f"{where}.parameter", "Tham số nêu hai lần.", "A parameter is given twice.")
    start = (info.instruction or "").strip().lower()
    if start.startswith(_TALKING.get(info.language, ())):
        yield _f(
            f"{where}.instruction",
            "Hãy bắt đầu bằng việc cần làm (“Sơ tán…”, “Không đi qua…”).",
            "Begin with what to do (“Leave…”, “Do not cross…”).",
            advice=True,
        )


def _mark(where: str, message: CapAlert, info: Info) -> Iterator[Finding]:
    """An exercise says so in its first words; nothing real does."""
    headline = info.headline or ""
    wanted = {"Exercise": EXERCISE_MARKS, "Test": TEST_MARKS}.get(message.status, {})
    mark = wanted.get(info.language)
    if mark and not headline.startswith(mark):
        yield _f(f"{where}.headline", f"Phải bắt đầu bằng {mark}.", f"Must begin with {mark}.")
    marks = [*EXERCISE_MARKS.values(), *TEST_MARKS.values()]
    if message.status == "Actual" and any(m in headline for m in marks):
        yield _f(
            f"{where}.headline",
            "Cảnh báo thật không mang dấu diễn tập.",
            "A real warning bears no mark of an exercise.",
        )


def _area(where: str, area: CapArea, box: Box) -> Iterator[Finding]:
    if not area.description.strip() or len(area.description) > MAX_AREA_NAME:
        yield _f(
            f"{where}.areaDesc",
            f"Từ 1 đến {MAX_AREA_NAME} ký tự.",
            f"Between 1 and {MAX_AREA_NAME} characters.",
        )
    if not area.geocodes:
        yield _f(
            f"{where}.geocode",
            "Cần mã đơn vị hành chính bên cạnh hình vẽ (ngoài khơi thì không có).",
            "Codes of administrative units belong beside a drawing (at sea there are none).",
            advice=bool(area.polygons or area.circles),
        )
    for code in area.geocodes:
        if not code.value.strip() or not re.search(r"\d{4}-\d\d-\d\d", code.name):
            yield _f(
                f"{where}.geocode",
                "Tên danh mục phải nêu danh mục nào, ngày nào.",
                "The value's name must say which list, of which day.",
            )
    if len(area.polygons) > MAX_POLYGONS:
        yield _f(f"{where}.polygon", f"Tối đa {MAX_POLYGONS} hình.", f"At most {MAX_POLYGONS}.")
    for k, ring in enumerate(area.polygons):
        yield from _polygon(f"{where}.polygon.{k}", ring, box)
    for k, circle in enumerate(area.circles):
        if not (box.holds(circle.lat, circle.lon) and 0 < circle.radius_km <= 200):
            yield _f(
                f"{where}.circle.{k}",
                "Tâm phải ở quanh Huế, bán kính từ trên 0 đến 200 km.",
                "The centre must be around Huế, the radius over 0 and up to 200 km.",
            )


def _polygon(where: str, ring: Ring, box: Box) -> Iterator[Finding]:
    if len(ring) < 4:
        yield _f(where, "Cần ít nhất 4 điểm.", "At least four positions are needed.")
    elif ring[0] != ring[-1]:
        yield _f(where, "Hình phải khép kín.", "The polygon must be closed.")
    elif len(ring) > MAX_VERTICES:
        yield _f(where, f"Tối đa {MAX_VERTICES} điểm.", f"At most {MAX_VERTICES} positions.")
    elif not all(box.holds(lat, lon) for lat, lon in ring):
        yield _f(
            where,
            "Có điểm nằm ngoài khu vực Huế (thứ tự là vĩ độ, kinh độ).",
            "A position is far from Huế (the order is latitude, longitude).",
        )
    elif not simple(to_grid(ring)):
        yield _f(where, "Các cạnh cắt nhau.", "The edges cross or touch each other.")
