"""Values are entered by one person, released whole by another, corrected in the open."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from city.adapters import acts
from city.adapters.table import CommitConflict, Operation
from city.adapters.table_memory import MemoryTable
from city.indicators import entering, views
from city.indicators.documents import from_documents
from city.indicators.entering import (
    Desk,
    NewSubmission,
    OwnSubmission,
    SubmissionDecision,
    WrongState,
    read_sheet,
)
from city.indicators.model import (
    CITY,
    MAX_ROWS,
    IndicatorEntry,
    SubmissionState,
    has_begun,
    is_period,
)
from city.indicators.store import Store
from city.kernel.ids import ulid
from city.kernel.page import PageQuery
from city.kernel.people import Principal
from city.kernel.problems import Conflict, Forbidden, Invalid, NotFound
from city.kernel.reference import Reference
from hypothesis import given
from hypothesis import strategies as st

from infra.seed.documents import documents
from infra.seed.load_indicators import indicator_documents, seed

MADE = indicator_documents()
VALUES = MADE.pop("values")
CATALOGUE = from_documents(MADE, "test")
REFERENCE = Reference.from_documents(documents())
AGENCY, CODE = "cty-thoat-nuoc", "drain-cleaned-m"
WARD, OTHER = "19753", "19774"
NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)


def person(name: str, role: str, unit: str = AGENCY) -> Principal:
    roles = frozenset({"citizen", role})
    return Principal(user_id=name, roles=roles, unit=unit, posts=frozenset({(role, unit)}))


OFFICER, HEAD = person("officer", "agency_officer"), person("head", "agency_head")
STRANGER = person("stranger", "agency_head", "so-du-lich")


class World:
    """A table and a clock that goes on a second with each desk."""

    def __init__(self) -> None:
        self.table, self.now, self.numbers = MemoryTable(), NOW, count(1)

    def desk(self) -> Desk:
        self.now += timedelta(seconds=1)
        return Desk(
            Store(self.table), CATALOGUE, REFERENCE, self.now, date(2026, 11, 26),
            lambda at: ulid(at, next(self.numbers)),
        )  # fmt: skip

    def submit(
        self, *rows: tuple[str, str, float], reason: str = "", by: Principal = OFFICER
    ) -> str:
        entries = tuple(IndicatorEntry(period=p, area=a, value=v) for p, a, v in rows)
        body = NewSubmission(code=CODE, source="Sổ nạo vét", reason=reason, rows=entries)
        return entering.submit(self.desk(), body, by).id

    def act(self, made: str, action: entering.Action, by: Principal, words: str = "") -> None:
        entering.act(self.desk(), made, action, SubmissionDecision(words=words), by)

    def value(self, period: str, area: str) -> float:
        return views.history(self.desk(), CODE, period, area).value


@pytest.fixture
def world() -> World:
    return World()


def refusals(error: Invalid) -> list[str]:
    return [one.field for one in error.errors]


def test_definitions_name_agencies_and_groups_that_exist() -> None:
    groups = {group.id for group in CATALOGUE.groups}
    for definition in CATALOGUE.definitions:
        assert REFERENCE.agency(definition.agency), definition.code
        assert definition.group in groups
    assert len(CATALOGUE.definition) == len(CATALOGUE.definitions)


def test_seeded_values_would_be_accepted_and_name_a_source(world: World) -> None:
    for code in CATALOGUE.definition:
        rows = [
            IndicatorEntry(**{k: one[k] for k in ("period", "area", "value", "note")})
            for one in VALUES if one["code"] == code
        ]  # fmt: skip
        agency = CATALOGUE.definition[code].agency
        body = NewSubmission(code=code, source="Nguồn thử", rows=tuple(rows))
        entering.check(world.desk(), body, person("x", "agency_officer", agency))
    demo = {d.code for d in CATALOGUE.definitions if d.demo}
    for one in VALUES:
        assert len(one["source"]) > 10
        assert ("SỐ LIỆU THỬ" in one["source"]) == (one["code"] in demo)


def test_seeding_again_changes_nothing_that_was_corrected(world: World) -> None:
    seed(world.table, VALUES)
    made = world.submit(("2026-01", WARD, 5.0), reason="Đo lại")
    world.act(made, "release", HEAD)
    seed(world.table, VALUES)
    assert world.value("2026-01", WARD) == 5.0


def test_nothing_is_public_until_a_second_person_releases_it(world: World) -> None:
    made = world.submit(("2026-10", WARD, 120), ("2026-10", OTHER, 80))
    with pytest.raises(NotFound):
        world.value("2026-10", WARD)
    with pytest.raises(OwnSubmission):
        world.act(made, "release", person("officer", "agency_head"))
    with pytest.raises(Forbidden):
        world.act(made, "release", person("second", "agency_officer"))
    with pytest.raises(NotFound):
        world.act(made, "release", STRANGER)
    world.act(made, "release", HEAD)
    assert (world.value("2026-10", WARD), world.value("2026-10", OTHER)) == (120, 80)
    with pytest.raises(WrongState):
        world.act(made, "release", HEAD)
    (told,) = views.releases(world.desk(), PageQuery()).items
    assert (told.id, told.values, told.demo) == (made, 2, True)
    for name, action in (("officer", "submit"), ("head", "RELEASED")):
        (act,) = acts.export(world.table, name)["acts"]
        assert (act["case"], act["action"]) == (made, action)
    assert acts.export(world.table, "stranger") == {}


def test_a_correction_needs_a_reason_and_keeps_what_was(world: World) -> None:
    world.act(world.submit(("2026-10", WARD, 120)), "release", HEAD)
    with pytest.raises(Invalid) as refused:
        world.submit(("2026-10", WARD, 125))
    assert refusals(refused.value) == ["reason"]
    with pytest.raises(Invalid) as refused:
        world.submit(("2026-10", WARD, 120), reason="Không đổi gì")
    assert refusals(refused.value) == ["rows.1"]
    world.act(world.submit(("2026-10", WARD, 125), reason="Đo lại"), "release", HEAD)
    told = views.history(world.desk(), CODE, "2026-10", WARD)
    assert [(r.value, r.reason) for r in told.history] == [(120, ""), (125, "Đo lại")]
    assert (told.value, told.revisions) == (125, 2)


def test_two_first_values_of_one_cell_do_not_both_hold(world: World) -> None:
    one, two = world.submit(("2026-10", WARD, 1)), world.submit(("2026-10", WARD, 2))
    world.act(one, "release", HEAD)
    with pytest.raises(Conflict):
        world.act(two, "release", HEAD)
    assert world.value("2026-10", WARD) == 1
    world.act(two, "send_back", HEAD, "Đã có số của kỳ này.")


def test_a_release_that_loses_a_race_changes_nothing(world: World) -> None:
    made = world.submit(("2026-10", WARD, 1), ("2026-10", OTHER, 2))

    class Late(MemoryTable):
        """Somebody else's value comes between reading and writing."""

        def commit(self, *operations: Operation) -> None:
            raise CommitConflict([0])

    late = Late()
    late._rows = world.table._rows
    before = world.table.rows()
    desk = world.desk()
    raced = Desk(Store(late), desk.catalogue, desk.city, desk.now, desk.today, desk.new_id)
    with pytest.raises(Conflict):
        entering.act(raced, made, "release", SubmissionDecision(), HEAD)
    assert world.table.rows() == before


def test_sent_back_with_words_or_withdrawn_by_whoever_entered(world: World) -> None:
    made = world.submit(("2026-10", WARD, 1))
    with pytest.raises(Invalid):
        world.act(made, "send_back", HEAD)
    with pytest.raises(Forbidden):
        world.act(made, "withdraw", HEAD)
    world.act(made, "send_back", HEAD, "Thiếu hai phường.")
    other = world.submit(("2026-10", WARD, 1))
    world.act(other, "withdraw", OFFICER)
    listed = views.submissions(world.desk(), AGENCY, PageQuery(), "officer").items
    assert [(s.id, s.state, s.mine) for s in listed] == [
        (other, SubmissionState.WITHDRAWN, True), (made, SubmissionState.SENT_BACK, True),
    ]  # fmt: skip
    assert listed[1].words == "Thiếu hai phường."


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (("2026", WARD, 1), "rows.1"), (("2026-13", WARD, 1), "rows.1"),
        (("2027-01", WARD, 1), "rows.1"), (("2026-10", "99999", 1), "rows.1"),
        (("2026-10", WARD, -1), "rows.1"), (("2026-10", WARD, 0.5), "rows.1"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_are_refused(
    world: World, row: tuple[str, str, float], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        world.submit(row)
    assert refusals(refused.value) == [field]
    assert world.table.rows() == []


def test_a_cell_comes_once_and_a_commune_only_where_it_is_measured(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        world.submit(("2026-10", WARD, 1), ("2026-10", WARD, 2))
    assert refusals(refused.value) == ["rows.2"]
    body = NewSubmission(
        code="population", source="Niên giám",
        rows=(IndicatorEntry(period="2024", area=WARD, value=1),),
    )  # fmt: skip
    with pytest.raises(Invalid):
        entering.check(world.desk(), body, person("x", "agency_head", "so-noi-vu"))
    with pytest.raises(NotFound):
        entering.check(world.desk(), body, OFFICER)


def test_a_sheet_with_commas_or_semicolons() -> None:
    comma = "period,area,value,note\n2026-10,19753,1204.5,đo tay\n2026-10,,7,\n"
    semicolon = "\ufeffperiod;area;value;note\n2026-10;19753;1.204,5;đo tay\n2026-10;;7;\n"
    wanted = (
        IndicatorEntry(period="2026-10", area="19753", value=1204.5, note="đo tay"),
        IndicatorEntry(period="2026-10", area=CITY, value=7),
    )
    assert read_sheet(comma) == (wanted, [])
    assert read_sheet(semicolon) == (wanted, [])
    rows, errors = read_sheet("period,value\n2026-10,nhiều\n2026-10,nan\n2026-09,3\n")
    assert [r.value for r in rows] == [3]
    assert [e.field for e in errors] == ["rows.1", "rows.2"]
    assert [e.field for e in read_sheet("a,b\n1,2")[1]] == ["sheet"]
    long = "period,value\n" + "2026-10,1\n" * (MAX_ROWS + 1)
    assert [e.field for e in read_sheet(long)[1]] == ["sheet"]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    rows, errors = read_sheet(text)
    assert len(rows) <= MAX_ROWS
    assert rows or errors or "\n" not in text.strip()
    assert all(one.vi and one.en for one in errors)


def periods() -> Iterator[tuple[str, str]]:
    yield from (("year", "2026"), ("quarter", "2026-Q4"), ("month", "2026-11"))


def test_periods_are_words_of_their_kind_and_not_of_the_future() -> None:
    for kind, period in periods():
        for other, _ in periods():
            assert is_period(other, period) is (other == kind)  # type: ignore[arg-type]
        assert has_begun(kind, period, date(2026, 11, 1))  # type: ignore[arg-type]
    assert not has_begun("month", "2026-12", date(2026, 11, 30))
    assert not has_begun("quarter", "2026-Q4", date(2026, 9, 30))
    assert not is_period("month", "2026-00")


def test_every_figure_leads_to_its_rows(world: World) -> None:
    seed(world.table, VALUES)
    for card in views.listing(world.desk(), views.IndicatorsQuery()).items:
        rows: list[views.IndicatorFigure] = []
        cursor: str | None = None
        while True:
            query = views.ValuesQuery(limit=7, cursor=cursor)
            page = views.values(world.desk(), card.code, query)
            rows += page.items
            if (cursor := page.next_cursor) is None:
                break
        sheet = list(csv.DictReader(io.StringIO(views.sheet(world.desk(), card.code))))
        assert len(rows) == len(sheet) == sum(v["code"] == card.code for v in VALUES)
        assert [r for r in rows if r.area == CITY] == card.values
        assert card.values, card.code
    data = Path(__file__).parents[3] / "infra/seed/data/indicators/values.json"
    assert json.loads(data.read_text("utf-8")) == VALUES
