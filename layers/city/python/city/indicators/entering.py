"""Entering values: by form or sheet, checked row by row, released by a second person."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from city.adapters.table import ABSENT, CommitConflict
from city.indicators.model import (
    CITY,
    MAX_REVISIONS,
    MAX_ROWS,
    Catalogue,
    Cell,
    Definition,
    IndicatorEntry,
    IndicatorRevision,
    Submission,
    SubmissionState,
    has_begun,
    is_period,
)
from city.indicators.store import Store
from city.kernel import policy
from city.kernel.ids import NewId
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import Conflict, FieldError, Forbidden, Invalid, NotFound, Problem
from city.kernel.reference import Reference
from city.kernel.text import text

COLUMNS = ("period", "area", "value", "note")
Action = Literal["release", "send_back", "withdraw"]
_ENDS: dict[Action, SubmissionState] = {
    "release": SubmissionState.RELEASED,
    "send_back": SubmissionState.SENT_BACK,
    "withdraw": SubmissionState.WITHDRAWN,
}


class NewSubmission(BaseModel, frozen=True, extra="forbid"):
    """Values of one indicator: `rows`, or a `sheet` (CSV: period,area,value,note)."""

    code: str = Field(max_length=60)
    source: str = Field(min_length=5, max_length=300)
    reason: str = Field("", max_length=300)
    rows: tuple[IndicatorEntry, ...] = Field((), max_length=MAX_ROWS)
    sheet: str = Field("", max_length=20_000)


class SubmissionDecision(BaseModel, frozen=True, extra="forbid"):
    """Words for whoever entered the values; needed when they are sent back."""

    words: str = Field("", max_length=300)


class WrongState(Problem):
    """The submission has ended."""

    status = 409
    slug = "wrong-state"
    title = text("Đã kết thúc", "Already ended")
    detail = text("Bản nhập này đã kết thúc: {state}.", "This submission has ended: {state}.")


class OwnSubmission(Forbidden):
    """Whoever entered values does not release them."""

    slug = "second-person"
    title = text("Cần người thứ hai", "A second person is needed")
    detail = text(
        "Người nhập không tự công bố. Xin một người khác có quyền công bố.",
        "Whoever entered the values does not release them. Ask somebody else who may.",
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """What entering leans on, at one moment."""

    store: Store
    catalogue: Catalogue
    city: Reference
    now: datetime
    today: date
    new_id: NewId

    def definition(self, code: str) -> Definition:
        """A definition.

        Raises:
            NotFound: there is none.
        """
        found = self.catalogue.definition.get(code)
        if found is None:
            raise NotFound(what=f"chỉ tiêu / indicator {code[:60]}")
        return found


class CheckedEntries(BaseModel, frozen=True):
    """Entries that may be submitted, and how many correct what is released."""

    rows: tuple[IndicatorEntry, ...]
    corrections: int


def check(desk: Desk, body: NewSubmission, who: Principal, action: str = "check") -> CheckedEntries:
    """Judge what was entered; nothing is saved.

    Raises:
        NotFound: no such indicator, or another agency's.
        Invalid: rows that cannot be; each is named `rows.<number>`.
    """
    definition = desk.definition(body.code)
    policy.require(who, f"indicators:{action}", Resource(unit=definition.agency), desk.now)
    rows, errors = (body.rows, []) if body.rows else read_sheet(body.sheet)
    if not rows and not errors:
        errors.append(_error("rows", "Chưa có dòng nào.", "There are no rows."))
    seen: set[tuple[str, str]] = set()
    held = desk.store.held(body.code, rows)
    corrections = 0
    for n, row in enumerate(rows, 1):
        found = _judge(desk, definition, row)
        if (row.period, row.area) in seen:
            found = ("Kỳ và nơi này có hai lần.", "This period and area come twice.")
        seen.add((row.period, row.area))
        before = held.get((row.period, row.area))
        if before and found is None:
            corrections += 1
            if before[0].now.value == row.value and before[0].now.note == row.note:
                found = ("Giống số đã công bố.", "The same as what is released.")
            elif len(before[0].revisions) >= MAX_REVISIONS:
                found = ("Đã đính chính quá nhiều lần.", "Corrected too many times.")
        if found:
            errors.append(_error(f"rows.{n}", f"Dòng {n}: {found[0]}", f"Row {n}: {found[1]}"))
    if corrections and not body.reason.strip():
        errors.append(
            _error(
                "reason",
                f"Có {corrections} số đính chính số đã công bố: phải nêu lý do.",
                f"{corrections} rows correct released values: a reason is needed.",
            )
        )
    if errors:
        raise Invalid(errors=tuple(errors))
    return CheckedEntries(rows=rows, corrections=corrections)


def _judge(desk: Desk, definition: Definition, row: IndicatorEntry) -> tuple[str, str] | None:
    if not is_period(definition.period, row.period):
        return f"kỳ “{row.period}” không đúng dạng.", f"the period “{row.period}” is malformed."
    if not has_begun(definition.period, row.period, desk.today):
        return "kỳ này chưa đến.", "this period is in the future."
    if row.area != CITY and (
        not definition.by_commune or desk.city.unit(row.area, desk.today) is None
    ):
        return f"không có nơi “{row.area}”.", f"there is no area “{row.area}”."
    low, high = definition.low, definition.high
    if (low is not None and row.value < low) or (high is not None and row.value > high):
        return f"số {row.value:g} ngoài khoảng có thể.", f"{row.value:g} is out of range."
    if round(row.value, definition.decimals) != row.value:
        return (
            f"nhiều hơn {definition.decimals} chữ số thập phân.",
            f"more than {definition.decimals} decimals.",
        )
    return None


def _error(field: str, vi: str, en: str) -> FieldError:
    return FieldError(field=field, vi=vi, en=en)


def read_sheet(sheet: str) -> tuple[tuple[IndicatorEntry, ...], list[FieldError]]:
    """Rows of a CSV sheet; with semicolons as delimiters a comma is the decimal sign."""
    text_of = sheet.lstrip("\ufeff").strip()
    if not text_of:
        return (), []
    delimiter = ";" if ";" in text_of.splitlines()[0] else ","
    try:
        reader = csv.DictReader(io.StringIO(text_of, newline=""), delimiter=delimiter)
        listed = [*islice(reader, MAX_ROWS + 1)]
    except csv.Error:
        return (), [_error("sheet", "Không đọc được bảng CSV.", "The CSV cannot be read.")]
    if not {"period", "value"} <= {(name or "").strip() for name in reader.fieldnames or ()}:
        columns = ", ".join(COLUMNS)
        vi, en = f"Dòng đầu phải là: {columns}.", f"The first row must be: {columns}."
        return (), [_error("sheet", vi, en)]
    rows: list[IndicatorEntry] = []
    errors: list[FieldError] = []
    for n, raw in enumerate(listed, 1):
        if n > MAX_ROWS:
            errors.append(_error("sheet", f"Nhiều hơn {MAX_ROWS} dòng.", f"Over {MAX_ROWS} rows."))
            break
        told = {
            (name or "").strip(): (value or "").strip()
            for name, value in raw.items()
            if isinstance(value, str)
        }
        number = told.get("value", "")
        if delimiter == ";":
            number = number.replace(".", "").replace(",", ".")
        try:
            rows.append(
                IndicatorEntry.model_validate(
                    {"period": told.get("period", ""), "area": told.get("area") or CITY,
                     "value": number, "note": told.get("note", "")}
                )
            )  # fmt: skip
        except ValidationError:
            errors.append(
                _error(f"rows.{n}", f"Dòng {n}: không đọc được.", f"Row {n}: cannot be read.")
            )
    return tuple(rows), errors


def submit(desk: Desk, body: NewSubmission, who: Principal) -> Submission:
    """Hand values in for release.

    Raises:
        NotFound, Invalid: see `check`.
    """
    checked = check(desk, body, who, "submit")
    made = Submission(
        id=desk.new_id(desk.now),
        code=body.code,
        agency=desk.definition(body.code).agency,
        state=SubmissionState.SUBMITTED,
        rows=checked.rows,
        source=body.source.strip(),
        reason=body.reason.strip(),
        by=who.user_id,
        at=desk.now,
    )
    desk.store.add(made)
    return made


def found(desk: Desk, submission_id: str, who: Principal, action: str) -> tuple[Submission, int]:
    """A submission of one's own agency.

    Raises:
        NotFound: there is none, or it is another agency's.
    """
    held = desk.store.submission(submission_id)
    if held is None:
        raise NotFound(what=f"bản nhập / submission {submission_id[:40]}")
    policy.require(who, f"indicators:{action}", Resource(unit=held[0].agency), desk.now)
    return held


def act(
    desk: Desk, submission_id: str, action: Action, body: SubmissionDecision, who: Principal
) -> Submission:
    """Release, send back or withdraw.

    Raises:
        NotFound: there is none, or it is another agency's.
        WrongState: it has ended.
        OwnSubmission: whoever entered it releases it, or somebody else withdraws it.
        Invalid: sent back without words, or the values have become impossible meanwhile.
        Conflict: somebody else changed it or one of its values at the same time.
    """
    held, version = found(desk, submission_id, who, f"act/{action}")
    if held.state is not SubmissionState.SUBMITTED:
        raise WrongState(state=held.state.value)
    mine = held.by == who.user_id
    if mine and action != "withdraw":
        raise OwnSubmission
    if not mine and action == "withdraw":
        raise Forbidden
    if action == "send_back" and not body.words.strip():
        raise Invalid(errors=(_error("words", "Hãy nói cần sửa gì.", "Say what to mend."),))
    ended = held.model_copy(
        update={
            "state": _ENDS[action],
            "decided_by": who.user_id,
            "decided_at": desk.now,
            "words": body.words.strip(),
        }
    )
    try:
        if action == "release":
            desk.store.release(ended, version, _cells(desk, held))
        else:
            desk.store.decide(ended, version)
    except CommitConflict as error:
        raise Conflict from error
    return ended


def _cells(desk: Desk, held: Submission) -> list[tuple[Cell, int]]:
    before = desk.store.held(held.code, held.rows)
    made: list[tuple[Cell, int]] = []
    for row in held.rows:
        cell, version = before.get((row.period, row.area), (None, ABSENT))
        if cell and not held.reason:
            # released by another submission since this one was checked: it needs its reason
            raise Conflict
        revision = IndicatorRevision(
            value=row.value,
            note=row.note,
            source=held.source,
            reason=held.reason if cell else "",
            submission=held.id,
            released_at=desk.now,
        )
        revisions = (*(cell.revisions if cell else ()), revision)
        made.append(
            (
                Cell(code=held.code, period=row.period, area=row.area, revisions=revisions),
                version,
            )
        )
    return made
