"""Asking for an upload, looking after it, and the intake of what arrived.

Rows of the table `media`:

| row | pk | sk | holds |
|---|---|---|---|
| picture | `M#<ulid>` | `-` | where it is and its state; whose it is only until it has come |
| of a person | `U#<account>` | `<ulid>` | that they sent it, where and when taken; two years |
| hour | `RATE#<account>` | `<yyyymmddHH>` | how often somebody asked; two hours |
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from city.adapters import media_ids
from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, Add, CommitConflict, Put, Row, Table
from city.contracts.envelope import Announcement
from city.contracts.media import MediaReady, MediaRefused
from city.kernel.clock import stamp
from city.kernel.ids import NewId
from city.kernel.problems import NotFound, TooMany
from city.media.picture import Refused, clean

MAX_BYTES = 15 * 1024 * 1024
UPLOAD_LIFE = timedelta(minutes=15)
AWAITING_KEEP = timedelta(days=1)
REFUSED_KEEP = timedelta(days=30)
OWNED_KEEP = timedelta(days=731)  # as long as it is known who made a report
PER_HOUR, SANDBOX_PER_HOUR = 60, 2000
INCOMING = "incoming/"
ContentType = Literal["image/jpeg", "image/png", "image/webp"]


class Blobs(Protocol):
    """The two buckets, as far as media needs them."""

    def presign(self, key: str, content_type: str, max_bytes: int, life_s: int) -> dict[str, Any]:
        """Address and form fields of an upload."""

    def incoming(self, key: str, limit: int) -> bytes | None:
        """What arrived, at most `limit` + 1 bytes; None when it is gone."""

    def publish(self, key: str, data: bytes) -> None:
        """Store a finished JPEG."""

    def discard(self, key: str) -> None:
        """Forget what arrived."""

    def withdraw(self, key: str) -> None:
        """Take a finished JPEG back."""

    def address(self, key: str) -> str:
        """The public address of a finished picture."""


class NewMedia(BaseModel):
    """A picture somebody wants to send. `size` is in bytes."""

    model_config = ConfigDict(extra="forbid")

    content_type: ContentType
    size: int = Field(gt=0, le=MAX_BYTES)
    purpose: Literal["report", "answer"] = "report"


class UploadForm(BaseModel):
    """Where to send it: a form with these fields and then `file`."""

    url: str
    method: Literal["POST"] = "POST"
    fields: dict[str, str]


class MediaUpload(BaseModel):
    """A place for one picture."""

    id: str
    upload: UploadForm
    max_bytes: int
    expires_at: datetime


class MediaView(BaseModel):
    """How a picture is doing. `reason` is why it was refused."""

    id: str
    state: Literal["awaiting", "ready", "refused"]
    reason: str | None = None
    url: str | None = None
    thumb_url: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Darkroom:
    """Everything media leans on."""

    table: Table
    outbox: Outbox
    blobs: Blobs
    secret: str
    now: datetime
    new_id: NewId
    sandbox: bool


def _until(room: Darkroom, span: timedelta) -> int:
    return int((room.now + span).timestamp())


def ask(room: Darkroom, body: NewMedia, user_id: str) -> MediaUpload:
    """A place for one picture, for a quarter of an hour.

    Raises:
        TooMany: this person asked too often this hour.
    """
    hour = (f"RATE#{user_id}", room.now.strftime("%Y%m%d%H"))
    room.table.commit(Add(*hour, {"n": 1}, ttl=int(room.now.timestamp()) + 7200))
    row = room.table.get(*hour)
    if row and row.counters["n"] > (SANDBOX_PER_HOUR if room.sandbox else PER_HOUR):
        raise TooMany(3600 - room.now.minute * 60 - room.now.second)
    ulid = room.new_id(room.now)
    media_id = media_ids.make(ulid, user_id, room.secret)
    doc = {"id": media_id, "owner": user_id, "state": "awaiting", "purpose": body.purpose}
    owned = {"at": stamp(room.now), "purpose": body.purpose}
    room.table.commit(
        Put(Row(f"M#{ulid}", "-", doc, ttl=_until(room, AWAITING_KEEP)), ABSENT),
        Put(Row(f"U#{user_id}", ulid, owned, ttl=_until(room, REFUSED_KEEP)), ABSENT),
    )
    form = room.blobs.presign(
        INCOMING + ulid, body.content_type, MAX_BYTES, int(UPLOAD_LIFE.total_seconds())
    )
    return MediaUpload(
        id=media_id,
        upload=UploadForm(url=form["url"], fields=form["fields"]),
        max_bytes=MAX_BYTES,
        expires_at=room.now + UPLOAD_LIFE,
    )


def look(room: Darkroom, media_id: str, user_id: str) -> MediaView:
    """How one's own picture is doing.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = room.table.get(f"M#{media_id.partition('.')[0]}", "-")
    own = media_ids.belongs(media_id, user_id, room.secret)
    if row is None or not own or row.doc["id"] != media_id:
        raise NotFound(what="ảnh / picture")
    doc = row.doc
    ready = doc["state"] == "ready"
    return MediaView(
        id=media_id,
        state=doc["state"],
        reason=doc.get("reason"),
        url=room.blobs.address(doc["key"]) if ready else None,
        thumb_url=room.blobs.address(doc["thumb_key"]) if ready else None,
        width=doc.get("width"),
        height=doc.get("height"),
    )


def intake(room: Darkroom, key: str) -> str:
    """Take in what arrived under a key; returns the state it ended in.

    Order: finished objects, then the commit with its event, then the original goes. Dying between
    any two leaves a message that does the rest again; objects are written under fixed names.

    Raises:
        CommitConflict: another delivery is at it right now; this one must come back.
    """
    ulid = key.removeprefix(INCOMING)
    row = room.table.get(f"M#{ulid}", "-")
    if row is None or row.doc["state"] != "awaiting":
        room.blobs.discard(key)
        return "known" if row else "unknown"
    raw = room.blobs.incoming(key, MAX_BYTES)
    if raw is None:
        return "gone"
    owner, media_id = row.doc["owner"], row.doc["id"]
    held = room.table.get(f"U#{owner}", ulid)
    if held is None:  # erased in this moment, with its picture
        room.blobs.discard(key)
        return "unknown"
    try:
        if len(raw) > MAX_BYTES:
            raise Refused("too_big")
        made = clean(raw)
    except Refused as refused:
        event: Announcement = MediaRefused(media_id=media_id, reason=refused.reason)
        doc = {**row.doc, "state": "refused", "reason": refused.reason}
        ttl: int | None = _until(room, REFUSED_KEEP)
        own: dict[str, Any] = {"state": "refused"}
        keep = REFUSED_KEEP
    else:
        full, thumb = f"m/{ulid}.jpg", f"t/{ulid}.jpg"
        room.blobs.publish(full, made.image)
        room.blobs.publish(thumb, made.thumb)
        event = MediaReady(
            media_id=media_id,
            key=full,
            thumb_key=thumb,
            width=made.width,
            height=made.height,
            size_bytes=len(made.image),
            sha256=made.sha256,
            dhash=made.dhash,
        )
        place = made.origin.place
        # Where and when the camera was goes to whose picture it is: for comparing with the pin of
        # a report. It goes into no event and no answer but the person's own export.
        own = {
            "state": "ready",
            "lat": place[0] if place else None,
            "lon": place[1] if place else None,
            "taken_at": made.origin.taken_at,
        }
        keep = OWNED_KEEP
        doc = {**row.doc, **event.model_dump(exclude={"media_id"}), "state": "ready"}
        ttl = None
    del doc["owner"]  # from here on whose it is stands with the person alone
    after = Row(f"M#{ulid}", "-", doc, version=row.version + 1, ttl=ttl)
    owned = Row(
        held.pk, ulid, {**held.doc, **own}, version=held.version + 1, ttl=_until(room, keep)
    )
    try:
        room.outbox.commit(
            [Put(after, row.version), Put(owned, held.version)],
            [(f"media-{ulid}", event, room.now)],
        )
    except CommitConflict:
        current = room.table.get(f"M#{ulid}", "-")
        if current is not None and current.doc["state"] == "awaiting":
            raise
        if current is None:  # erased while this went on
            room.blobs.withdraw(f"m/{ulid}.jpg")
            room.blobs.withdraw(f"t/{ulid}.jpg")
        doc = current.doc if current else {"state": "unknown"}
    room.blobs.discard(key)
    return str(doc["state"])
