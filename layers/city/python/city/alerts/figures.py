"""How many warnings, and how right the detections were."""

from datetime import date

from pydantic import BaseModel, Field

from city.alerts.desk import Desk
from city.kernel.clock import local_date
from city.kernel.problems import invalid
from city.kernel.text import Text

LONGEST_MONTHS = 240


class FiguresQuery(BaseModel, frozen=True):
    """A span of months (both included) and a kind."""

    from_: str = Field("", alias="from", pattern=r"^(\d{4}-\d{2})?$")
    to: str = Field("", pattern=r"^(\d{4}-\d{2})?$")
    kind: str | None = Field(None, max_length=40)


class KindFigures(BaseModel, frozen=True):
    """The figures of one kind. `precision` is of the judged detections, None before the first."""

    kind: str
    name: Text
    drafts: int = 0
    released: int = 0
    updates: int = 0
    cancelled: int = 0
    expired: int = 0
    rejected: int = 0
    detections: int = 0
    confirmed: int = 0
    denied: int = 0
    unjudged: int = 0
    precision: float | None = None
    turned_out: dict[str, int] = {}


class Figures(BaseModel, frozen=True):
    """All kinds, and the detections taken together."""

    from_month: str
    to_month: str
    kinds: list[KindFigures]
    detections: int
    confirmed: int
    denied: int
    precision: float | None


def figures(desk: Desk, query: FiguresQuery) -> Figures:
    """Counts of real warnings over some months, by default the last twelve.

    Raises:
        Invalid: the span runs backwards or is too long.
    """
    today = local_date(desk.now)
    last = _number(query.to) if query.to else today.year * 12 + today.month - 1
    first = _number(query.from_) if query.from_ else last - 11
    if not 0 <= last - first < LONGEST_MONTHS:
        raise invalid(
            "from", f"Khoảng từ 1 đến {LONGEST_MONTHS} tháng.", f"1 to {LONGEST_MONTHS} months."
        )
    months = [f"{n // 12:04}{n % 12 + 1:02}" for n in range(first, last + 1)]
    counted = desk.alerts.counts("Actual", months)
    listed = [
        _kind(desk, kind, held, today)
        for kind, held in sorted(counted.items())
        if query.kind in (None, kind)
    ]
    confirmed, denied = sum(k.confirmed for k in listed), sum(k.denied for k in listed)
    return Figures(
        from_month=_shown(first),
        to_month=_shown(last),
        kinds=listed,
        detections=sum(k.detections for k in listed),
        confirmed=confirmed,
        denied=denied,
        precision=_share(confirmed, denied),
    )


def _kind(desk: Desk, kind: str, held: dict[str, int], today: date) -> KindFigures:
    known = desk.book.kind(kind, today)
    judged = held.get("confirmed", 0), held.get("denied", 0)
    return KindFigures(
        kind=kind,
        name=known.name if known else Text(vi=kind, en=kind),
        **{name: held.get(name, 0) for name in _PLAIN},
        unjudged=held.get("detections", 0) - sum(judged),
        precision=_share(*judged),
        turned_out={n.removeprefix("as:"): v for n, v in held.items() if n.startswith("as:")},
    )


_PLAIN = (
    "drafts",
    "released",
    "updates",
    "cancelled",
    "expired",
    "rejected",
    "detections",
    "confirmed",
    "denied",
)


def _share(confirmed: int, denied: int) -> float | None:
    judged = confirmed + denied
    return round(confirmed / judged, 4) if judged else None


def _number(month: str) -> int:
    year, of_year = (int(part) for part in month.split("-"))
    if not 1 <= of_year <= 12:
        raise invalid("from", "Tháng từ 01 đến 12.", "A month is between 01 and 12.")
    return year * 12 + of_year - 1


def _shown(n: int) -> str:
    return f"{n // 12:04}-{n % 12 + 1:02}"
