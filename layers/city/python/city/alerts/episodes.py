"""Drafts from episodes of sensing: made, followed, released by standing order. Idempotent."""

from datetime import date
from typing import Any

from city.adapters.table import CommitConflict
from city.alerts.compose import compose
from city.alerts.desk import ATTEMPTS, Desk, begun, found, opened, stepped
from city.alerts.kinds import Book, Kind, Level, Mapping
from city.alerts.model import Alert, Area, Provenance
from city.alerts.places import settled
from city.alerts.refusals import NotAllowedNow, NotReady
from city.alerts.risk import risk_level
from city.alerts.steps import SYSTEM, Step, possible
from city.alerts.store import Claim, retrying
from city.alerts.workflow import State
from city.alerts.written import Written
from city.contracts.alerts import Urgency
from city.contracts.sensing import EpisodeChanged
from city.kernel.clock import local_date
from city.kernel.ids import derived_id
from city.kernel.problems import Conflict
from city.kernel.reference import Reference
from city.kernel.text import Text


def by_trend(event: EpisodeChanged) -> Urgency:
    """Immediate while it rises or holds, Expected while it falls, Past once it is over."""
    if event.level == 0:
        return "Past"
    if event.level < event.previous_level or event.trend == "falling":
        return "Expected"
    return "Immediate"


def written_episode(
    event: EpisodeChanged, book: Book, city: Reference, kind: Kind, row: Mapping
) -> Written | None:
    """The draft of an episode as it stands; None below the first mapped level."""
    level = row.level(event.level)
    if level is None:
        return None
    day = local_date(event.at)
    risk = risk_level(book, kind.id, event, day)
    content = compose(
        kind,
        severity=level.severity,
        fields=_facts(event, book, kind, row, level),
        area=_area(event, book, city, day),
        urgency=by_trend(event) if row.urgency == "by_trend" else row.urgency,
        certainty=row.certainty,
        risk_level=risk.level if risk else None,
    )
    provenance = Provenance(
        origin="sensing",
        source=event.model_dump(mode="json"),
        source_seq=event.seq,
        mapping=row.id,
        mapping_version=row.version,
        kind_version=kind.version,
        reading_ids=event.reading_ids,
        rule=event.rule,
        rule_version=event.rule_version,
        table_version=event.table_version,
        risk_row=risk.id if risk else None,
        documents_version=book.version,
    )
    return Written(content=content, provenance=provenance)


def _facts(
    event: EpisodeChanged, book: Book, kind: Kind, row: Mapping, level: Level
) -> dict[str, Any]:
    """The kind's own fields, as far as the event knows them."""
    station = book.station(event.station)
    name = station.name if station else Text(vi=event.station, en=event.station)
    facts: dict[str, Any] = {
        "station": name.model_dump(),
        "level_words": level.words.model_dump(),
        "trend": event.trend,
        "observed_at": event.at.isoformat(),
    }
    if event.value is not None and row.value_field:
        spec = kind.spec(row.value_field)
        whole = spec is not None and spec.type == "integer"
        facts[row.value_field] = round(event.value) if whole else round(event.value, 2)
        mark = level.mark or level.at
        if row.over_field and mark <= len(event.levels):
            over = round(event.value - event.levels[mark - 1], 2)
            facts |= {row.over_field: over, "mark": mark} if over >= 0 else {}
    if event.outlook and event.outlook.level > event.level:
        ahead = row.level(event.outlook.level)
        if ahead:
            facts["next_words"] = ahead.words.model_dump()
            facts["next_at"] = event.outlook.at.isoformat()
    return {name: value for name, value in facts.items() if kind.spec(name)}


def _area(event: EpisodeChanged, book: Book, city: Reference, day: date) -> Area:
    station = book.station(event.station)
    codes = station.units if station else event.place.units
    known = tuple(code for code in codes if city.unit(code, day))
    name = station.area if station else Text(vi=event.station, en=event.station)
    if known:
        return Area(name=name, units=known)
    spot = (event.place.lat, event.place.lon, 2000.0)
    return settled(Area(name=name, circles=(spot,)), city, day)


def on_episode(desk: Desk, event: EpisodeChanged) -> Alert | None:
    """Draft, propose an update, or note that it is over; late and repeated events change nothing.

    What a standing order covers goes out at once.
    """
    row = desk.book.mapping("sensing", event.kind, event.uom, local_date(event.at))
    if row is None:
        return None
    kind = desk.kind(row.kind)

    def attempt(n: int) -> Alert | None:
        held = desk.alerts.of_episode("Actual", event.episode_id)
        if held is None:
            return _begin(desk, event, kind, row, Claim(event.episode_id))
        if held.doc["alert"] is None:
            return None
        warning = found(desk, held.doc["alert"])
        if warning.provenance.source_seq >= event.seq:
            return warning
        if not warning.finished:
            return _follow(desk, warning, event, row, n)
        if _worth_another(warning, event):
            return _begin(desk, event, kind, row, Claim(event.episode_id, held.version))
        return warning

    warning = retrying(ATTEMPTS, attempt)
    return _by_order(desk, warning) if warning else None


def _worth_another(warning: Alert, event: EpisodeChanged) -> bool:
    """Whether a finished thread's episode deserves a new one: what merely expired does with any
    news, what people rejected or cancelled only when it got worse than they knew."""
    known = int(warning.provenance.source.get("level", 0))
    return event.level > known or (warning.state is State.EXPIRED and event.level > 0)


def _begin(
    desk: Desk, event: EpisodeChanged, kind: Kind, row: Mapping, claim: Claim
) -> Alert | None:
    made = None if event.closed else written_episode(event, desk.book, desk.city, kind, row)
    if made is None:
        if event.closed and not claim.version:
            desk.alerts.bury("Actual", event.episode_id)
        return None
    thread = f"{event.episode_id}~{event.seq}" if claim.version else event.episode_id
    warning_id = derived_id(event.opened_at, "episode", thread)
    warning = begun(
        desk, kind, made.content, warning_id, by=SYSTEM, origin="sensing",
        episode=thread, provenance=made.provenance,
    )  # fmt: skip
    try:
        return opened(desk, warning, kind, action="propose", by=SYSTEM, claim=claim)
    except Conflict as error:
        raise CommitConflict((0,)) from error


def _follow(desk: Desk, warning: Alert, event: EpisodeChanged, row: Mapping, n: int) -> Alert:
    """Take the episode's news over: into an untouched draft, else as a suggestion beside it."""
    shown = warning.draft or warning.current or warning.drafted
    kind = desk.kind_of(shown)
    made = written_episode(event, desk.book, desk.city, kind, row)
    content = made.content if made else None
    step = Step("propose", "system", SYSTEM, desk.now, kind, content=content)
    over = event.closed or made is None
    if over:
        step = Step("end", "system", SYSTEM, desk.now, kind)
        if possible(warning, step) is None:
            step = Step("note_change", "system", SYSTEM, desk.now, kind, content=content)
    elif content and shown.digest == content.digest:
        step = Step("note_change", "system", SYSTEM, desk.now, kind)
    elif possible(warning, step) is None:
        step = Step("note_change", "system", SYSTEM, desk.now, kind, content=content)
    rests = warning.provenance.model_copy(update={"source_seq": event.seq})
    facts: dict[str, Any] = {"provenance": rests, "over": over}
    if made and step.action == "propose":
        facts |= {"provenance": made.provenance, "drafted": made.content}
    return stepped(desk, warning, step, n, facts)


def _by_order(desk: Desk, warning: Alert) -> Alert:
    """Release what a standing order covers; a message with faults stays on the desk."""
    step = Step(
        "release_now", "system", SYSTEM, desk.now,
        desk.kind_of(warning.draft or warning.current or warning.drafted),
    )  # fmt: skip
    if warning.draft is None or possible(warning, step) is None:
        return warning
    try:
        return retrying(ATTEMPTS, lambda n: stepped(desk, found(desk, warning.id), step, n))
    except (NotAllowedNow, NotReady):
        return found(desk, warning.id)
