"""The public figures. Every percentage names what it is a part of."""

from datetime import date, datetime

from pydantic import BaseModel, field_validator

from city.contracts.reports import RatingLevel, Timing
from city.kernel.clock import local_date
from city.kernel.page import PageQuery
from city.kernel.text import Text

_AS_OF_HELP = (
    "Ngày có dạng 2023-07-31, hoặc thời điểm có múi giờ như 2023-07-31T23:59:59+07:00.|"
    "A day looks like 2023-07-31, or a time with its offset like 2023-07-31T23:59:59+07:00."
)


class StatisticsQuery(BaseModel):
    """`as_of`: a day in Huế, or a moment (RFC 3339) that stands for its day in Huế."""

    as_of: date | None = None

    @field_validator("as_of", mode="before")
    @classmethod
    def _day(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        try:
            if len(given) == len("2023-07-31"):
                return date.fromisoformat(given)
            moment = datetime.fromisoformat(given)
        except ValueError:
            raise ValueError(_AS_OF_HELP) from None
        if moment.tzinfo is None:
            raise ValueError(_AS_OF_HELP)
        return local_date(moment)


class Tally(BaseModel, frozen=True):
    """Numbers of reports at the end of a day. accepted = resolved + in_progress + follow_up."""

    received: int = 0
    ineligible: int = 0
    accepted: int = 0
    resolved: int = 0
    in_progress: int = 0
    follow_up: int = 0
    pending: int = 0
    merged: int = 0
    withdrawn: int = 0
    overdue: int = 0
    reopened: int = 0


class Group(Tally, frozen=True):
    """The reports of one category, ward or agency."""

    code: str


class AgencyScore(Group, frozen=True):
    """An agency's reports: each share names its two sides; `percent` is None over zero.

    `timed` were finished with a due time, `on_time` of them by it (as given or as extended);
    `rated` counts ratings, `acceptable` those that are not unsatisfied.
    """

    resolved_percent: float | None
    timed: int
    on_time: int
    on_time_percent: float | None
    rated: int
    acceptable: int
    acceptable_percent: float | None


class ScoresQuery(StatisticsQuery, PageQuery):
    """A day, and which part of the list."""


class Month(BaseModel, frozen=True):
    """Net changes within one month (`yyyy-mm`): a reopened report takes its resolution back."""

    month: str
    received: int = 0
    resolved: int = 0
    ineligible: int = 0


class OverduePercent(BaseModel, frozen=True):
    """The same number of overdue reports as a share of three different wholes."""

    of_received: float | None
    of_accepted: float | None
    of_in_progress: float | None


class Ratings(BaseModel, frozen=True):
    """Ratings, not reports: one report may have several raters."""

    total: int
    acceptable_or_better: int
    unsatisfied: int
    acceptable_percent: float | None
    by_level: dict[RatingLevel, int]


class Percentage(BaseModel, frozen=True):
    """A percentage and its two sides by name and number; `percent` is None over zero."""

    name: str
    numerator: str
    numerator_value: int
    denominator: str
    denominator_value: int
    percent: float | None


class Statistics(Tally, frozen=True):
    """The city's figures at the end of `as_of` in Huế (`rule` says how they count)."""

    as_of: date
    rule: Text
    overdue_percent: OverduePercent
    resolved_percent_of_accepted: float | None
    ratings: Ratings
    on_time: dict[Timing, int]
    fines_vnd: int
    agencies: int
    percentages: list[Percentage]
    by_category: list[Group]
    by_ward: list[Group]
    by_agency: list[Group]
    by_agency_note: Text
    by_month: list[Month]
