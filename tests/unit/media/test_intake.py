"""Intake survives doubles, deaths, strangers and bad order."""

import json

import pytest
from city.adapters.table import CommitConflict, Operation
from city.kernel.problems import NotFound, TooMany
from city.media import service
from city.media.service import NewMedia
from media_world import Fuse, Studio, bomb, loaded, photo
from mortal import Died
from world import MONDAY

PICTURE, BAD = loaded("JPEG", (64, 48)), bomb()


def deeds(raw: bytes) -> int:
    """How many times a whole intake touches the world."""
    studio = Studio()
    _, key = studio.upload(raw)
    studio.fuse = Fuse()
    service.intake(studio.room(), key)
    return studio.fuse.done


@pytest.mark.parametrize("raw", [PICTURE, BAD])
def test_twice_is_once(raw: bytes) -> None:
    studio = Studio()
    media_id, key = studio.upload(raw)
    for _ in range(3):
        service.intake(studio.room(), key)
    assert len(studio.bus.events) == 1
    assert studio.inbox == {}
    view = service.look(studio.room(), media_id, "lan")
    assert view.state == ("ready" if raw is PICTURE else "refused")
    assert view.reason == (None if raw is PICTURE else "too_many_pixels")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("raw", [PICTURE, BAD], ids=["picture", "refused"])
def test_dying_at_any_deed_loses_nothing(raw: bytes, after: bool) -> None:
    total = deeds(raw)
    assert total >= (6 if raw is PICTURE else 4)
    for at in range(total):
        studio = Studio()
        media_id, key = studio.upload(raw)
        studio.fuse = Fuse(at, after=after)
        with pytest.raises(Died):
            service.intake(studio.room(), key)
        studio.fuse = Fuse()
        service.intake(studio.room(), key)
        studio.room().outbox.relay(MONDAY.replace(year=2027))
        ulid = key.removeprefix("incoming/")
        assert {e.id for e in studio.bus.events} == {f"media-{ulid}"}, at
        kept = {f"m/{ulid}.jpg", f"t/{ulid}.jpg"} if raw is PICTURE else set()
        assert set(studio.shelf) == kept
        assert studio.inbox == {}
        assert not [row for row in studio.table.rows() if row.pk.startswith("OUTBOX")]
        assert service.look(studio.room(), media_id, "lan").state != "awaiting"


def test_the_original_goes_only_after_the_commit() -> None:
    for at in range(deeds(PICTURE)):
        studio = Studio()
        media_id, key = studio.upload(PICTURE)
        studio.fuse = Fuse(at)
        with pytest.raises(Died):
            service.intake(studio.room(), key)
        committed = service.look(studio.room(), media_id, "lan").state == "ready"
        assert committed or key in studio.inbox


def test_a_deliverer_who_loses_the_race_does_no_harm() -> None:
    studio = Studio()
    media_id, key = studio.upload(PICTURE)
    room = studio.room()
    table = room.table
    commit = table.commit

    def overtaken(*operations: Operation) -> None:
        table.commit = commit  # type: ignore[method-assign]
        service.intake(studio.room(), key)
        commit(*operations)

    table.commit = overtaken  # type: ignore[method-assign]
    assert service.intake(room, key) == "ready"
    assert len(studio.bus.events) == 1
    assert service.look(studio.room(), media_id, "lan").state == "ready"
    assert studio.inbox == {}


def test_a_conflict_with_nothing_done_comes_back() -> None:
    studio = Studio()
    _, key = studio.upload(PICTURE)
    room = studio.room()

    def refused(*operations: Operation) -> None:
        raise CommitConflict([0])

    room.table.commit = refused  # type: ignore[method-assign]
    with pytest.raises(CommitConflict):
        service.intake(room, key)
    assert key in studio.inbox


def test_strangers_in_the_bucket_are_thrown_out() -> None:
    studio = Studio(inbox={"incoming/unknown": photo(), "elsewhere": photo()})
    assert service.intake(studio.room(), "incoming/unknown") == "unknown"
    assert service.intake(studio.room(), "elsewhere") == "unknown"
    assert (studio.inbox, studio.shelf, studio.bus.events) == ({}, {}, [])


def test_news_before_or_without_the_object_changes_nothing() -> None:
    studio = Studio()
    media_id, key = studio.upload(PICTURE)
    raw = studio.inbox.pop(key)
    assert service.intake(studio.room(), key) == "gone"
    assert service.look(studio.room(), media_id, "lan").state == "awaiting"
    studio.inbox[key] = raw
    assert service.intake(studio.room(), key) == "ready"


def test_another_upload_to_the_same_place_is_dropped() -> None:
    studio = Studio()
    _, key = studio.upload(PICTURE)
    service.intake(studio.room(), key)
    before = dict(studio.shelf)
    studio.inbox[key] = photo()
    assert service.intake(studio.room(), key) == "known"
    assert (studio.shelf, studio.inbox, len(studio.bus.events)) == (before, {}, 1)


def test_too_many_bytes_are_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_BYTES", 100)
    studio = Studio()
    media_id, key = studio.upload(b"x")
    studio.inbox[key] = PICTURE
    service.intake(studio.room(), key)
    assert service.look(studio.room(), media_id, "lan").reason == "too_big"


def test_where_the_camera_was_is_for_its_owner_alone() -> None:
    studio = Studio()
    media_id, key = studio.upload(PICTURE)
    service.intake(studio.room(), key)
    private = studio.owned(key).doc
    assert (private["lat"], private["lon"]) == pytest.approx((16.46, 107.59))
    assert private["taken_at"] == "2026-11-16T02:00:00.000Z"
    shown = service.look(studio.room(), media_id, "lan").model_dump_json()
    told = json.dumps([event.model_dump() for event in studio.bus.events])
    told += json.dumps(studio.row(key).doc)
    for words in (shown, told):
        assert not any(secret in words for secret in ("16.46", "107.59", "taken_at", "owner"))


def test_what_is_kept_and_for_how_long() -> None:
    studio = Studio()
    _, key = studio.upload(PICTURE)
    assert studio.row(key).ttl == int(MONDAY.timestamp()) + 86_400
    service.intake(studio.room(), key)
    assert studio.row(key).ttl is None
    assert studio.owned(key).ttl == int(MONDAY.timestamp()) + 731 * 86_400
    _, key = studio.upload(BAD)
    service.intake(studio.room(), key)
    assert studio.row(key).ttl == int(MONDAY.timestamp()) + 30 * 86_400


def test_only_the_owner_may_look() -> None:
    studio = Studio()
    media_id, _ = studio.upload(PICTURE)
    assert service.look(studio.room(), media_id, "lan").state == "awaiting"
    for other_id, who in ((media_id, "minh"), (media_id[:-1] + "x", "lan"), ("none", "lan")):
        with pytest.raises(NotFound):
            service.look(studio.room(), other_id, who)


def test_asking_has_a_limit_per_person() -> None:
    studio = Studio(sandbox=False)
    body = NewMedia(content_type="image/png", size=10)
    for _ in range(service.PER_HOUR):
        service.ask(studio.room(), body, "lan")
    with pytest.raises(TooMany):
        service.ask(studio.room(), body, "lan")
    service.ask(studio.room(), body, "minh")
