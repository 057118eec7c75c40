"""Homes by role from data; counts that are right whatever the batching, and lead to nobody."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.catalogue import apps, service
from city.catalogue.model import ActiveRole, NewRating, NotOpened, Pins, StatisticsQuery, Usage, Use
from city.catalogue.service import Shelf
from city.contracts.partners import PartnerAppChanged
from city.kernel.people import Principal, Role
from city.kernel.problems import Forbidden, Invalid, NotFound, TooMany
from city.kernel.reference import Reference, RoleKind
from city.kernel.text import Text
from hypothesis import given, settings
from hypothesis import strategies as st
from world import MONDAY, SECRET, small_city

ROOT = Path(__file__).parents[3]
DATA = ROOT / "infra" / "seed" / "data"
ROUTES = ROOT / "frontend" / "src" / "routes"
LAN = Principal(user_id="lan", roles=frozenset({"citizen", "union_member"}))


def city() -> Reference:
    read = {
        n: json.loads((DATA / f"{n}.json").read_text()) for n in ("functions", "homes", "roles")
    }
    roles = tuple(RoleKind.model_validate(r) for r in read.pop("roles"))
    return small_city().model_copy(update={"more": read, "roles": roles})


CITY = city()
SOME = ["map", "card", "report"]


@dataclass
class Desk:
    """Everything of one test; `sent` is the queue."""

    table: Table = field(default_factory=MemoryTable)
    sent: list[dict[str, Any]] = field(default_factory=list)
    now: datetime = MONDAY

    def send(self, body: dict[str, Any]) -> None:
        self.sent.append(body)

    def shelf(self) -> Shelf:
        return Shelf(self.table, CITY, self, SECRET, self.now)

    def use(self, *functions: str, who: Principal | None = LAN, batch: str = "") -> None:
        items = [Use(function=f, kind="view", seconds=3) for f in functions]
        name = batch or f"batch-{len(self.sent):012}"
        service.take(self.shelf(), Usage(batch=name, items=items), who, "10.0.0.1")

    def figures(self) -> dict[str, Any]:
        query = StatisticsQuery.model_validate({"from": "2026-11-01", "to": "2026-11-30"})
        return {f.id: f for f in service.statistics(self.shelf(), query).functions}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_more_than_fifty_functions_in_two_languages() -> None:
    functions = service.listing(Desk().shelf()).items
    assert len(functions) >= 54
    assert len({f.id for f in functions}) == len(functions)
    assert all(f.name.vi and f.name.en for f in functions)
    assert {f.state for f in functions} == {"live", "planned"}


def test_what_is_live_opens_something() -> None:
    pages = {
        "/" + "/".join(p for p in page.parent.relative_to(ROUTES).parts if not p.startswith("("))
        for page in ROUTES.rglob("+page.svelte")
    }
    # a part in brackets stands for any word
    opens = [re.compile(re.sub(r"\[[^\]]+\]", "[^/]+", page)) for page in pages]
    live = {f.link for f in service.listing(Desk().shelf()).items if f.state == "live"}
    assert {link for link in live if not any(page.fullmatch(link) for page in opens)} == set()


@pytest.mark.parametrize("role", [r.value for r in Role])
def test_every_role_has_its_own_home(desk: Desk, role: str) -> None:
    who = Principal(user_id="x", roles=frozenset({role}))
    home = service.home(desk.shelf(), role, who)
    assert home.role == role
    assert home.greeting.vi
    assert len(home.quick) == 4
    assert all(f.state == "live" for f in home.quick)
    assert home.total == sum(len(g.functions) for g in home.groups)


def test_homes_differ_and_the_server_checks_the_role(desk: Desk) -> None:
    citizen = service.home(desk.shelf(), "citizen", LAN)
    member = service.home(desk.shelf(), "union_member", LAN)
    assert [f.id for f in citizen.quick] != [f.id for f in member.quick]
    assert "union" in {f.id for g in member.groups for f in g.functions}
    assert "union" not in {f.id for g in citizen.groups for f in g.functions}
    with pytest.raises(Forbidden):
        service.home(desk.shelf(), "ioc_operator", LAN)
    with pytest.raises(Forbidden):
        service.act_in(desk.shelf(), ActiveRole(role="administrator"), LAN)
    guest = service.home(desk.shelf(), None, None)
    assert guest.role == "guest"
    assert "console" not in {f.id for g in guest.groups for f in g.functions}


def test_the_last_role_pins_and_recent_are_remembered(desk: Desk) -> None:
    service.act_in(desk.shelf(), ActiveRole(role="union_member"), LAN)
    assert service.home(desk.shelf(), None, LAN).role == "union_member"
    lost = LAN.model_copy(update={"roles": frozenset({"citizen"})})
    assert service.home(desk.shelf(), None, lost).role == "citizen"
    home = service.pin(desk.shelf(), Pins(functions=["map", "card", "map"]), LAN)
    assert [f.id for f in home.pinned] == ["map", "card"]
    with pytest.raises(Invalid):
        service.pin(desk.shelf(), Pins(functions=["nothing"]), LAN)
    desk.use("map", "card", "report")
    assert [f.id for f in service.home(desk.shelf(), None, LAN).recent] == ["report", "card", "map"]


@given(
    st.lists(
        st.lists(st.sampled_from(["map", "card", "report"]), min_size=1, max_size=6), max_size=12
    ),
    st.randoms(use_true_random=False),
    st.integers(1, 5),
)
@settings(max_examples=50, deadline=None)
def test_views_are_counted_once_whatever_the_batching(
    batches: list[list[str]], order: Any, size: int
) -> None:
    desk = Desk()
    for n, functions in enumerate(batches):
        desk.use(*functions, batch=f"client-batch-{n:06}")
    queue = desk.sent * 2  # everything comes twice
    order.shuffle(queue)
    for first in range(0, len(queue), size):
        service.count(desk.table, queue[first : first + size], desk.now)
    expected = Counter(f for batch in batches for f in batch)
    figures = desk.figures()
    for name in ("map", "card", "report"):
        assert figures[name].views == expected[name]
        assert figures[name].interaction_s == 3 * expected[name]
        assert figures[name].activations == min(1, expected[name])


def test_what_is_counted_leads_to_nobody(desk: Desk) -> None:
    desk.use("map")
    service.count(desk.table, desk.sent, desk.now)
    rows = desk.table.rows()  # type: ignore[attr-defined]
    counted = [r for r in rows if not r.pk.startswith(("U#", "RATE#"))]
    assert "lan" not in str([(r.pk, r.sk, r.doc) for r in counted])


def test_guests_count_and_too_many_are_refused(desk: Desk) -> None:
    desk.use("map", who=None)
    service.count(desk.table, desk.sent, desk.now)
    assert desk.figures()["map"].views == 1
    assert desk.figures()["map"].activations == 0
    for _ in range(service.BATCHES_A_MINUTE - 1):
        desk.use("map", who=None)
    with pytest.raises(TooMany):
        desk.use("map", who=None)


def test_a_rating_can_be_changed_and_counts_once(desk: Desk) -> None:
    other = LAN.model_copy(update={"user_id": "minh"})
    for who, level in ((LAN, 5), (LAN, 2), (other, 4)):
        service.rate(desk.shelf(), "map", NewRating(level=level), who)
    figure = desk.figures()["map"]
    assert (figure.ratings, figure.mean) == (2, 3.0)
    with pytest.raises(NotFound):
        service.rate(desk.shelf(), "nothing", NewRating(level=1), LAN)


def test_statistics_are_bounded(desk: Desk) -> None:
    for since, until in (("2026-11-02", "2026-11-01"), ("2020-01-01", "2026-11-01")):
        query = StatisticsQuery.model_validate({"from": since, "to": until})
        with pytest.raises(Invalid):
            service.statistics(desk.shelf(), query)
    assert date(2026, 11, 16) == desk.now.date()


def test_export_and_erase(desk: Desk) -> None:
    service.rate(desk.shelf(), "map", NewRating(level=5, comment="Hay"), LAN)
    service.pin(desk.shelf(), Pins(functions=["map"]), LAN)
    assert len(service.export(desk.table, "lan")["choices"]) == 2
    assert service.erase(desk.table, "lan").items == 2
    assert service.export(desk.table, "lan")["choices"] == []
    assert desk.figures()["map"].ratings == 1


def test_a_batch_is_forgotten_once_queues_cannot_bring_it_back() -> None:
    assert timedelta(hours=12) < service.BATCH_KEEP


def test_partners_apps_are_on_the_homes_of_their_roles_and_rated_by_who_opened_them(
    desk: Desk,
) -> None:
    def heard(seq: int, version: str, *, shown: bool = True) -> None:
        event = PartnerAppChanged(
            app_id="dat-ban", seq=seq, shown=shown, version=version,
            name=Text(vi="Đặt bàn", en="Book a table"), organisation=Text(vi="Hội", en="Club"),
            icon="store", roles=("citizen",), at=MONDAY,
        )  # fmt: skip
        apps.heard(desk.table, event)

    def groups(who: Principal | None) -> dict[str, list[str]]:
        found = service.home(desk.shelf(), None, who).groups
        return {group.id: [one.link for one in group.functions] for group in found}

    heard(1, "1.0.0")
    assert groups(LAN)["apps"] == ["/apps/dat-ban"]
    assert "apps" not in groups(None)
    service.pin(desk.shelf(), Pins(functions=["app-dat-ban"]), LAN)
    with pytest.raises(NotOpened):
        service.rate(desk.shelf(), "app-dat-ban", NewRating(level=5), LAN)
    desk.use("app-dat-ban")
    service.count(desk.table, desk.sent, desk.now)
    for level in (5, 1):
        service.rate(desk.shelf(), "app-dat-ban", NewRating(level=level), LAN)
    assert desk.figures()["app-dat-ban"].ratings == 1
    heard(2, "1.1.0")
    service.rate(desk.shelf(), "app-dat-ban", NewRating(level=4), LAN)
    figure = desk.figures()["app-dat-ban"]
    assert (figure.ratings, figure.mean) == (2, 2.5)
    heard(3, "1.1.0", shown=False)
    home = service.home(desk.shelf(), None, LAN)
    assert "apps" not in {group.id for group in home.groups}
    assert home.pinned == []
