"""What is shown: indicators with their newest value, series, values, history, releases."""

import csv
import io
from datetime import datetime

from pydantic import BaseModel, Field

from city.indicators.entering import Desk
from city.indicators.model import (
    CITY,
    STATE_NAMES,
    Cell,
    Definition,
    IndicatorEntry,
    IndicatorGroup,
    IndicatorRevision,
    PeriodKind,
    Submission,
    SubmissionState,
)
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import NotFound
from city.kernel.text import Text


class IndicatorsQuery(BaseModel, frozen=True):
    """Indicators of a group."""

    group: str | None = Field(None, max_length=40)


class ValuesQuery(PageQuery):
    """Values of an area: `city`, or a commune's code; of all areas when absent."""

    area: str | None = Field(None, max_length=10)


class IndicatorFigure(BaseModel, frozen=True):
    """A released value; `revisions` above 1 says that it was corrected."""

    period: str
    area: str
    area_name: Text
    value: float
    note: str
    source: str
    released_at: datetime
    revisions: int


class IndicatorCard(BaseModel, frozen=True):
    """An indicator and the newest values for the whole city, newest last."""

    code: str
    group: IndicatorGroup
    name: Text
    unit: Text
    meaning: Text
    period: PeriodKind
    by_commune: bool
    decimals: int
    agency: str
    agency_name: Text
    demo: bool
    values: list[IndicatorFigure]


class FigureHistory(IndicatorFigure):
    """A value and everything it was, oldest first."""

    history: list[IndicatorRevision]


class SubmissionCard(BaseModel, frozen=True):
    """A submission for those who enter and release. `mine` and `may` are for whoever asks."""

    id: str
    code: str
    name: Text
    unit: Text
    agency: str
    state: SubmissionState
    state_name: Text
    rows: list[IndicatorEntry]
    corrects: int
    source: str
    reason: str
    at: datetime
    decided_at: datetime | None
    words: str
    mine: bool


class ReleaseCard(BaseModel, frozen=True):
    """What was released: of which indicator, how many values, from which source."""

    id: str
    code: str
    name: Text
    agency_name: Text
    demo: bool
    released_at: datetime
    values: int
    reason: str
    source: str


_WHOLE = Text(vi="Toàn thành phố", en="Whole city")
SERIES = 400  # of the whole city: thirty years of months


def _figure(desk: Desk, cell: Cell) -> IndicatorFigure:
    unit = None if cell.area == CITY else desk.city.unit(cell.area, desk.today)
    name = _WHOLE if cell.area == CITY else Text(vi=cell.area, en=cell.area)
    if unit:
        name = Text(vi=unit.name, en=unit.name)
    now = cell.now
    return IndicatorFigure(
        period=cell.period,
        area=cell.area,
        area_name=name,
        value=now.value,
        note=now.note,
        source=now.source,
        released_at=now.released_at,
        revisions=len(cell.revisions),
    )


def _agency(desk: Desk, agency_id: str) -> Text:
    found = desk.city.agency(agency_id)
    return found.name if found else Text(vi=agency_id, en=agency_id)


def _card(desk: Desk, definition: Definition) -> IndicatorCard:
    cells = desk.store.cells(definition.code, CITY)[-SERIES:]
    facts = definition.model_dump(exclude={"group", "low", "high"})
    groups = {group.id: group for group in desk.catalogue.groups}
    return IndicatorCard(
        **facts,
        group=groups[definition.group],
        agency_name=_agency(desk, definition.agency),
        values=[_figure(desk, cell) for cell in cells],
    )


def listing(desk: Desk, query: IndicatorsQuery) -> Page[IndicatorCard]:
    """All indicators of a group: a few dozen."""
    wanted = [d for d in desk.catalogue.definitions if query.group in (None, d.group)]
    return Page(items=[_card(desk, definition) for definition in wanted])


def indicator(desk: Desk, code: str) -> IndicatorCard:
    """One indicator.

    Raises:
        NotFound: there is none.
    """
    return _card(desk, desk.definition(code))


def values(desk: Desk, code: str, query: ValuesQuery) -> Page[IndicatorFigure]:
    """The rows behind an indicator.

    Raises:
        NotFound: there is no such indicator.
        Invalid: the cursor is not one of ours.
    """
    desk.definition(code)
    after = decode_cursor(query.cursor).get("a")
    cells, more = desk.store.page(code, query.area, after, query.limit)
    cursor = encode_cursor({"a": more}) if more else None
    return Page(items=[_figure(desk, cell) for cell in cells], next_cursor=cursor)


def sheet(desk: Desk, code: str) -> str:
    """All rows behind an indicator as CSV.

    Raises:
        NotFound: there is no such indicator.
    """
    definition = desk.definition(code)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["code", "unit", "demo", "period", "area", "area_name", "value", "note", "source",
         "released_at", "revisions"]
    )  # fmt: skip
    for cell in desk.store.cells(code):
        made = _figure(desk, cell)
        writer.writerow(
            [code, definition.unit.vi, definition.demo, made.period, made.area, made.area_name.vi,
             f"{made.value:.{definition.decimals}f}", made.note, made.source,
             made.released_at.isoformat(timespec="seconds"), made.revisions]
        )  # fmt: skip
    return out.getvalue()


def history(desk: Desk, code: str, period: str, area: str) -> FigureHistory:
    """A value with everything it was.

    Raises:
        NotFound: nothing is released for this period and area.
    """
    desk.definition(code)
    held = desk.store.held(code, (IndicatorEntry(period=period[:10], area=area[:10], value=0),))
    if not held:
        raise NotFound(what=f"số liệu / value {code} {period[:10]} {area[:10]}")
    ((cell, _),) = held.values()
    return FigureHistory(**_figure(desk, cell).model_dump(), history=list(cell.revisions))


def submission_card(desk: Desk, held: Submission, user: str) -> SubmissionCard:
    """A submission as its agency sees it; people are not named."""
    definition = desk.definition(held.code)
    before = (
        desk.store.held(held.code, held.rows) if held.state is SubmissionState.SUBMITTED else {}
    )
    return SubmissionCard(
        id=held.id,
        code=held.code,
        name=definition.name,
        unit=definition.unit,
        agency=held.agency,
        state=held.state,
        state_name=STATE_NAMES[held.state],
        rows=list(held.rows),
        corrects=len(before),
        source=held.source,
        reason=held.reason,
        at=held.at,
        decided_at=held.decided_at,
        words=held.words,
        mine=held.by == user,
    )


def submissions(desk: Desk, agency: str, query: PageQuery, user: str) -> Page[SubmissionCard]:
    """An agency's submissions, newest first."""
    after = decode_cursor(query.cursor).get("a")
    held, more = desk.store.of_agency(agency, after, query.limit)
    cursor = encode_cursor({"a": more}) if more else None
    return Page(items=[submission_card(desk, one, user) for one in held], next_cursor=cursor)


def releases(desk: Desk, query: PageQuery) -> Page[ReleaseCard]:
    """What was released, newest first."""
    after = decode_cursor(query.cursor).get("a")
    held, more = desk.store.releases(after, query.limit)
    made = []
    for one in held:
        definition = desk.catalogue.definition.get(one.code)
        if definition is None or one.decided_at is None:
            continue  # a definition that the catalogue no longer has
        made.append(
            ReleaseCard(
                id=one.id,
                code=one.code,
                name=definition.name,
                agency_name=_agency(desk, one.agency),
                demo=definition.demo,
                released_at=one.decided_at,
                values=len(one.rows),
                reason=one.reason,
                source=one.source,
            )
        )
    return Page(items=made, next_cursor=encode_cursor({"a": more}) if more else None)
