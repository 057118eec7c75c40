"""Rules over stored readings: what they have seen, and what they say. Everything may run twice."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel

from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, ANY, CommitConflict, Delete, Operation, Put, Row
from city.contracts.sensing import EpisodeChanged
from city.kernel.clock import local_date
from city.kernel.ids import derived_id, is_ulid
from city.kernel.problems import NotFound
from city.sensing.engine import Change
from city.sensing.episodes import Episode, Told, announced, grown, moment, packed, to_tell, unpacked
from city.sensing.fold import Entry, Folded, Live, begin, replay, state_at, taken_in
from city.sensing.keeping import Kept
from city.sensing.model import City, millis
from city.sensing.rules import SECOND, RuleDocument
from city.sensing.store import Store, rule_key

ATTEMPTS = 20
AT_ONCE = 15  # changes in one commit: each is a few rows of the hundred that fit
WARM_UP = timedelta(hours=26)  # longer than any window or hold: a replay begins with no level


def judge_all(store: Store, outbox: Outbox, city: City, kept: Sequence[Kept], now: datetime) -> int:
    """Let every rule take in what was stored; returns how many changes were told."""
    by_rule: dict[str, list[Kept]] = {}
    for item in kept:
        day = local_date(moment(item.entry.t))
        for rule in city.rules_of.get(item.entry.stream, ()):
            if rule.holds(day) and usable(item, rule):
                by_rule.setdefault(rule.id, []).append(item)
    return _judged(store, outbox, city, by_rule, now, sweep=False)


def sweep(store: Store, outbox: Outbox, city: City, now: datetime) -> int:
    """Let time pass for every rule: holds end without readings too."""
    today = local_date(now)
    rules = {rule.id: list[Kept]() for rule in city.rules if rule.holds(today)}
    return _judged(store, outbox, city, rules, now, sweep=True)


def usable(item: Kept, rule: RuleDocument) -> bool:
    """Whether a rule may go by a reading: good enough, and not too late."""
    in_time = item.received - item.entry.t <= rule.lateness_s * SECOND
    return item.quality <= rule.min_quality and in_time


def _judged(
    store: Store,
    outbox: Outbox,
    city: City,
    by_rule: dict[str, list[Kept]],
    now: datetime,
    *,
    sweep: bool,
) -> int:
    """Rules that say nothing are stored together; each that speaks is a commit of its own."""
    changed = 0
    left = sorted(by_rule)
    for attempt in range(ATTEMPTS):
        rows, again, quiet = store.rules(left), list[str](), list[Put]()
        for name in left:
            put, operations, events = _one(city, name, by_rule[name], rows.get(name), now, sweep)
            if put is None:
                continue
            if not events:
                quiet.append(put)
                continue
            try:
                outbox.commit([put, *operations], [_signed(event) for event in events])
                changed += len(events)
                again += [name] * (len(events) == AT_ONCE)
            except CommitConflict:
                again.append(name)
        again += _store_quietly(store, quiet)
        if not again:
            return changed
        left = again
        if attempt == ATTEMPTS - 1:
            raise CommitConflict([0])
    return changed


def _store_quietly(store: Store, quiet: list[Put]) -> list[str]:
    again: list[str] = []
    for first in range(0, len(quiet), 50):
        some = quiet[first : first + 50]
        try:
            store.commit(some)
        except CommitConflict:
            again += [put.row.pk.removeprefix("RULE#") for put in some]
    return again


def _signed(event: EpisodeChanged) -> tuple[str, EpisodeChanged, datetime]:
    return derived_id(event.at, event.episode_id, str(event.seq)), event, event.at


def _one(
    city: City, name: str, items: list[Kept], row: Row | None, now: datetime, sweep: bool
) -> tuple[Put | None, list[Operation], list[EpisodeChanged]]:
    """One rule's turn: its row, and what else changes if it speaks."""
    rule = _rule(city, name, now)
    if rule is None or (sweep and row is None):
        return None, [], []
    live, told, after, changes = _seen(rule, row, items, now, sweep)
    news = to_tell(told, after, changes, rule)
    if len(news) >= AT_ONCE:  # a backlog: tell some, and take the readings in with the last ones
        live = unpacked(row.doc)[0] if row else begin(rule.compiled())
        news = news[:AT_ONCE]
    if sweep and not news:
        return None, [], []
    station = city.station[rule.station]
    before = told
    told, events = announced(
        told, news, after, rule, station.place(), city.table_versions[rule.table]
    )
    version = row.version if row else 0
    put = Put(Row(*rule_key(name), packed(live, told), version + 1), version if row else ABSENT)
    return put, rows_of(before.episode, events), events


def _rule(city: City, name: str, now: datetime) -> RuleDocument | None:
    day = local_date(now)
    return next((rule for rule in city.rules if rule.id == name and rule.holds(day)), None)


def _seen(
    rule: RuleDocument, row: Row | None, items: list[Kept], now: datetime, sweep: bool
) -> tuple[Live, Told, Folded, list[Change]]:
    compiled = rule.compiled()
    live, told = unpacked(row.doc) if row else (begin(compiled), Told(version=rule.version))
    entries = [
        k.entry for k in items if k.fresh or k.entry.t > live.sunk_to
    ]  # what came twice and has sunk was counted then
    if told.version != rule.version:  # other levels: begin anew with what is at hand
        entries = [*live.tail, *entries]
        live = begin(compiled)._replace(newest_rx=live.newest_rx)
        told = told.model_copy(update={"version": rule.version})
    if sweep:
        after, changes = state_at(live, millis(now), rule, compiled)
    else:
        received = max((k.received for k in items), default=0)
        live, after, changes = taken_in(live, entries, received, rule, compiled)
    return live, told, after, changes


def rows_of(before: Episode | None, events: Sequence[EpisodeChanged]) -> list[Operation]:
    """The rows of episodes that some changes leave behind; each row once, as it ends up."""
    rows: dict[tuple[str, str], Operation] = {}
    episode = before
    for event in events:
        episode = grown(episode, event)
        doc = episode.model_dump(mode="json")
        head, listed = f"EPISODE#{event.episode_id}", episode.listed
        change = event.model_dump(mode="json")
        rows[head, f"{event.seq:06}"] = Put(Row(head, f"{event.seq:06}", change), ANY)
        for pk, sk in ((head, "HEAD"), (f"EPISODES#{episode.month}", listed)):
            rows[pk, sk] = Put(Row(pk, sk, doc), ANY)
        gone = Delete("EPISODES#OPEN", listed)
        here = Put(Row("EPISODES#OPEN", listed, doc), ANY)
        rows["EPISODES#OPEN", listed] = gone if event.closed else here
        episode = None if event.closed else episode
    return list(rows.values())


class Recomputed(BaseModel, frozen=True):
    """An episode computed again from stored readings."""

    same: bool
    told: list[tuple[datetime, int, int]]
    found: list[tuple[datetime, int, int]]
    readings: int
    table_version: str
    table_is_current: bool


def recompute(store: Store, city: City, episode_id: str, now: datetime) -> Recomputed:
    """Fold an episode's readings again with its rule, and compare with what was told.

    Raises:
        NotFound: no such episode, or its rule's version is no longer kept.
    """
    doc = store.get(f"EPISODE#{episode_id}", "HEAD") if is_ulid(episode_id) else None
    last = Episode.model_validate(doc).last if doc else None
    rule = _of_version(city.rules, last) if last else None
    if last is None or rule is None:
        raise NotFound(what=episode_id)
    rows, _ = store.table.query(f"EPISODE#{episode_id}", limit=1000)
    changes = [EpisodeChanged.model_validate(r.doc) for r in rows if r.sk != "HEAD"]
    told = [(c.at, c.previous_level, c.level) for c in changes]
    until = min(now, last.at if last.closed else now)
    entries = _entries(store, rule, millis(last.opened_at - WARM_UP), millis(until))
    _, again = replay(entries, millis(until), rule, rule.compiled())
    found = [
        (moment(c.at), rule.number(c.previous), rule.number(c.level))
        for c in again
        if c.at >= millis(last.opened_at)
    ]
    return Recomputed(
        same=found == told,
        told=told,
        found=found,
        readings=len(entries),
        table_version=last.table_version,
        table_is_current=city.table_versions.get(rule.table) == last.table_version,
    )


def _of_version(rules: Iterable[RuleDocument], last: EpisodeChanged) -> RuleDocument | None:
    wanted = (last.rule, last.rule_version)
    return next((rule for rule in rules if (rule.id, rule.version) == wanted), None)


def _entries(store: Store, rule: RuleDocument, start: int, end: int) -> list[Entry]:
    found: list[Entry] = []
    for stream in rule.streams:
        for row in store.raw_between(stream, start, end):
            t = int(row.sk[2:])
            item = Kept(Entry(t, stream, row.doc["v"]), row.doc["q"], row.doc["rx"], fresh=True)
            if usable(item, rule):
                found.append(item.entry)
    return found
