"""Traffic signals: controllers tell what their heads show, workers ask. See `contracts/signals`.

Reports come twice, late and in any order; what they leave behind depends on what they say only.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from city.adapters.table import ABSENT, CommitConflict, Put, Row, retrying
from city.cameras.desk import Desk
from city.cameras.registry import Name
from city.cameras.store import doc
from city.contracts.signals import (
    STALE,
    ControllerId,
    EventState,
    Lamp,
    PhaseEvent,
    PhaseReport,
    SignalGroup,
    SignalHead,
    SignalHeads,
    Spell,
)
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.text import Text

HISTORY = timedelta(minutes=2)  # frames wait for seconds, not for minutes
MOST_SPELLS = 24  # of one head
AHEAD = timedelta(seconds=10)  # a clock that is further ahead is wrong
LAGS = 20
USUAL_LAG_S = 1.0  # of a report on its way; what all of them take longer may be the clock
ATTEMPTS = 8
Head = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}/[0-9]{1,3}$")]


class NewSignal(BaseModel, frozen=True, extra="forbid"):
    """A controller to register, or its new settings. `gateway` is whose key reports for it."""

    name: Name
    gateway: ControllerId
    clock_error_s: float = Field(0.2, ge=0, le=5)  # against UTC, as its operator warrants it


class Controller(NewSignal, frozen=True):
    """A registered controller."""

    id: str


class Showing(BaseModel, frozen=True):
    """What a controller told lately: spells by group, how late its newest reports were."""

    heard_at: datetime
    vouched_until: datetime
    lags: tuple[float, ...] = ()
    groups: dict[int, tuple[Spell, ...]] = {}

    @property
    def clock_s(self) -> float:
        """How far the clock may be off, as its reports show it: ahead of ours, or behind."""
        least = min(self.lags, default=0.0)
        return -least if least < 0 else max(0.0, least - USUAL_LAG_S)


class PhasesTaken(BaseModel, frozen=True):
    """What a report changed, how late it was (negative: of the future), and the error assumed."""

    changed: int
    lag_s: float
    error_s: float


class HeadsQuery(BaseModel):
    """Which heads, as `<controller>/<signal group>`."""

    heads: tuple[Head, ...] = Field(min_length=1, max_length=200)


class HeadView(BaseModel, frozen=True):
    """A head now; `lamp` is unknown once nobody has vouched for it for three seconds."""

    signal_group: SignalGroup
    event_state: EventState
    lamp: Lamp
    since: datetime
    known_until: datetime


class SignalView(BaseModel, frozen=True):
    """A controller, when it was heard of, and its heads."""

    id: str
    name: Text
    gateway: str
    clock_error_s: float
    error_s: float
    heard_at: datetime | None
    heads: list[HeadView]


def register(desk: Desk, id_: str, new: NewSignal) -> SignalView:
    """Register a controller or change it.

    Raises:
        Invalid: no id that a rule could name.
        Conflict: somebody else is at it.
    """
    if not _named(id_):
        raise invalid("id", "Sai định dạng.", "Has the wrong format.")
    before = desk.store.table.get("SIGNALS", id_)
    made = Controller(id=id_, **new.model_dump())
    version = before.version if before else 0
    row = Row("SIGNALS", id_, doc(made), version + 1)
    try:
        desk.store.commit([Put(row, version or ABSENT)])
    except CommitConflict as error:
        raise Conflict from error
    return view(desk, id_)


def _named(id_: str) -> bool:
    return len(id_) <= 41 and id_.replace("-", "a").isalnum() and id_ == id_.lower()


def known(desk: Desk, id_: str) -> bool:
    """Whether there is such a controller."""
    return desk.store.table.get("SIGNALS", id_) is not None


def _controller(desk: Desk, id_: str) -> Controller:
    row = desk.store.table.get("SIGNALS", id_)
    if row is None:
        raise NotFound(what="tủ đèn / controller")
    return Controller.model_validate(row.doc)


def take(desk: Desk, gateway: str, id_: str, report: PhaseReport) -> PhasesTaken:
    """Join a report with what is known.

    Raises:
        NotFound: no such controller, or not this gateway's.
        Invalid: it is of the future, or tells of what has not begun.
        CommitConflict: others kept reporting for it.
    """
    controller = _controller(desk, id_)
    if controller.gateway != gateway:
        raise NotFound(what="tủ đèn / controller")
    if report.sent_at > desk.now + AHEAD:
        raise invalid("sent_at", "Đồng hồ chạy trước giờ.", "The clock is ahead.")
    if any((each.ended_at or each.began_at) > report.sent_at for each in report.phases):
        raise invalid("phases", "Chưa xảy ra lúc gửi.", "Had not happened when it was sent.")
    changed, after = retrying(ATTEMPTS, lambda: _taken(desk, id_, report))
    lag = (desk.now - report.sent_at).total_seconds()
    error = controller.clock_error_s + after.clock_s
    return PhasesTaken(changed=changed, lag_s=round(lag, 3), error_s=round(error, 3))


def _taken(desk: Desk, id_: str, report: PhaseReport) -> tuple[int, Showing]:
    row = desk.store.table.get(f"PHASES#{id_}", "NOW")
    held = Showing.model_validate(row.doc) if row else None
    after, changed = joined(held, report, desk.now)
    if after != held:
        version = row.version if row else 0
        fresh = Row(f"PHASES#{id_}", "NOW", doc(after), version + 1)
        desk.store.commit([Put(fresh, version or ABSENT)])
    return changed, after


def joined(held: Showing | None, report: PhaseReport, now: datetime) -> tuple[Showing, int]:
    """What is known after a report, and in how many groups that is new."""
    lag = round((now - report.sent_at).total_seconds(), 3)
    if held is None:
        held = Showing(heard_at=now, vouched_until=report.sent_at)
    vouched = max(held.vouched_until, report.sent_at)
    groups = dict(held.groups)
    for event in report.phases:
        spells = groups.get(event.signal_group, ())
        groups[event.signal_group] = _with(spells, event, report.sent_at)
    groups = {group: _recent(spells, vouched - HISTORY) for group, spells in groups.items()}
    groups = {group: spells for group, spells in sorted(groups.items()) if spells}
    changed = sum(groups.get(g) != held.groups.get(g) for g in groups.keys() | held.groups.keys())
    if report.sent_at <= held.vouched_until and not changed and held.lags:
        return held, 0  # a repeat tells nothing, of the clock neither
    lags = (*held.lags, lag)[-LAGS:]
    after = Showing(heard_at=now, vouched_until=vouched, lags=lags, groups=groups)
    return after, changed


def _with(spells: Sequence[Spell], event: PhaseEvent, sent_at: datetime) -> tuple[Spell, ...]:
    """Two reports that tell of one beginning: the one that knows further counts."""
    known = {spell.began_at: spell for spell in spells}
    new = Spell(
        state=event.event_state, began_at=event.began_at, known_until=event.ended_at or sent_at
    )
    old = known.get(event.began_at, new)
    known[event.began_at] = max(old, new, key=lambda spell: (spell.known_until, spell.state))
    return tuple(known[began] for began in sorted(known))


def _recent(spells: Sequence[Spell], since: datetime) -> tuple[Spell, ...]:
    """Spells that reach into the history; what shows now is kept however long it lasts."""
    return tuple(spell for spell in spells if spell.known_until >= since)[-MOST_SPELLS:]


def heads(desk: Desk, wanted: Iterable[str]) -> SignalHeads:
    """What workers ask for."""
    by_controller: dict[str, set[int]] = {}
    for head in wanted:
        controller, _, group = head.partition("/")
        by_controller.setdefault(controller, set()).add(int(group))
    ids = sorted(by_controller)
    rows = desk.store.table.get_many(
        [("SIGNALS", id_) for id_ in ids] + [(f"PHASES#{id_}", "NOW") for id_ in ids]
    )
    found = []
    for id_ in ids:
        told, shown = rows.get(("SIGNALS", id_)), rows.get((f"PHASES#{id_}", "NOW"))
        if told is None or shown is None:
            continue
        showing = Showing.model_validate(shown.doc)
        error = Controller.model_validate(told.doc).clock_error_s + showing.clock_s
        found += [
            SignalHead(head=f"{id_}/{group}", spells=showing.groups[group], error_s=error)
            for group in sorted(by_controller[id_] & showing.groups.keys())
        ]
    return SignalHeads(heads=tuple(found))


def view(desk: Desk, id_: str) -> SignalView:
    """One controller.

    Raises:
        NotFound: there is none.
    """
    row = desk.store.table.get(f"PHASES#{id_}", "NOW")
    return _view(desk, _controller(desk, id_), row)


def views(desk: Desk, query: PageQuery) -> Page[SignalView]:
    """Controllers, by id."""
    after = decode_cursor(query.cursor).get("a")
    told, more = desk.store.table.query("SIGNALS", after=after, limit=query.limit)
    controllers = [Controller.model_validate(row.doc) for row in told]
    rows = desk.store.table.get_many([(f"PHASES#{each.id}", "NOW") for each in controllers])
    items = [_view(desk, each, rows.get((f"PHASES#{each.id}", "NOW"))) for each in controllers]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def _view(desk: Desk, controller: Controller, row: Row | None) -> SignalView:
    showing = Showing.model_validate(row.doc) if row else None
    return SignalView(
        **controller.model_dump(),
        error_s=round(controller.clock_error_s + (showing.clock_s if showing else 0.0), 3),
        heard_at=showing.heard_at if showing else None,
        heads=[
            _head(group, spells[-1], desk.now)
            for group, spells in (showing.groups if showing else {}).items()
        ],
    )


def _head(group: int, newest: Spell, now: datetime) -> HeadView:
    upto = min(now, newest.known_until)
    lamp, _ = SignalHead(head="", spells=(newest,)).at(upto)
    return HeadView(
        signal_group=group, event_state=newest.state, since=newest.began_at,
        lamp=lamp if now - newest.known_until <= STALE else "unknown",
        known_until=newest.known_until,
    )  # fmt: skip
