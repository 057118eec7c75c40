"""Episodes for people and for operators."""

from datetime import datetime

from pydantic import BaseModel, Field

from city.contracts.sensing import EpisodeChanged, EpisodeKind
from city.kernel.ids import is_ulid
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import NotFound, invalid
from city.sensing.episodes import Episode
from city.sensing.model import City
from city.sensing.store import Store

READ_AT_ONCE = 200
LONGEST_KEY = 100


class EpisodesQuery(PageQuery):
    """Open episodes, or those that began in a month (`2026-11`)."""

    month: str | None = Field(None, pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    kind: EpisodeKind | None = None


class EpisodeView(BaseModel, frozen=True):
    """An episode: how it stands, its highest level, and from whose words the levels are."""

    id: str
    last: EpisodeChanged
    peak_level: int
    peak_value: float | None
    peak_at: datetime
    confirmed: bool


class EpisodeStory(EpisodeView, frozen=True):
    """An episode with all of its changes."""

    changes: list[EpisodeChanged]


def episodes(store: Store, city: City, query: EpisodesQuery) -> Page[EpisodeView]:
    """Episodes in the order in which they began, newest first."""
    pk = f"EPISODES#{query.month.replace('-', '')}" if query.month else "EPISODES#OPEN"
    after = decode_cursor(query.cursor).get("after")
    if not isinstance(after, str | None) or len(after or "") > LONGEST_KEY:
        raise invalid("cursor", "Mã trang không hợp lệ.", "This cursor is not one of ours.")
    found: list[tuple[str, EpisodeView]] = []
    while True:
        rows, after = store.table.query(pk, after=after, limit=READ_AT_ONCE, reverse=True)
        for row in rows:
            episode = Episode.model_validate(row.doc)
            if query.kind in (None, episode.last.kind):
                found.append((row.sk, _view(city, episode)))
        if after is None or len(found) > query.limit:
            break
    more = len(found) > query.limit
    some = found[: query.limit]
    cursor = encode_cursor({"after": some[-1][0]}) if more else None
    return Page(items=[view for _, view in some], next_cursor=cursor)


def story(store: Store, city: City, episode_id: str) -> EpisodeStory:
    """One episode.

    Raises:
        NotFound: no such episode.
    """
    if not is_ulid(episode_id):
        raise NotFound(what=episode_id)
    rows, _ = store.table.query(f"EPISODE#{episode_id}", limit=1000)
    head = next((row for row in rows if row.sk == "HEAD"), None)
    if head is None:
        raise NotFound(what=episode_id)
    view = _view(city, Episode.model_validate(head.doc))
    changes = [EpisodeChanged.model_validate(row.doc) for row in rows if row.sk != "HEAD"]
    return EpisodeStory(**view.model_dump(), changes=changes)


def _view(city: City, episode: Episode) -> EpisodeView:
    rule = next((r for r in city.rules if r.id == episode.last.rule), None)
    return EpisodeView(
        id=episode.last.episode_id,
        last=episode.last,
        peak_level=episode.peak_level,
        peak_value=episode.peak_value,
        peak_at=episode.peak_at,
        confirmed=rule is not None and all(mark.confirmed for mark in rule.levels),
    )
