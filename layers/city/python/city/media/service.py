"""Asking for an upload, looking after it, and the intake of what arrived."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from city.adapters import media_ids
from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, Add, CommitConflict, Put, Row, Table
from city.contracts.envelope import Announcement
from city.contracts.media import MediaReady, MediaRefused
from city.kernel.ids import NewId
from city.kernel.problems import NotFound, TooMany
from city.media.picture import Refused, clean

MAX_BYTES = 15 * 1024 * 1024
UPLOAD_LIFE = timedelta(minutes=15)
AWAITING_KEEP = timedelta(days=1)
REFUSED_KEEP = timedelta(days=30)
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
    ttl = int((room.now + AWAITING_KEEP).timestamp())
    room.table.commit(Put(Row(f"M#{ulid}", "-", doc, ttl=ttl), ABSENT))
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
    if row is None or row.doc["owner"] != user_id or row.doc["id"] != media_id:
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
    media_id = row.doc["id"]
    try:
        if len(raw) > MAX_BYTES:
            raise Refused("too_big")
        made = clean(raw)
    except Refused as refused:
        event: Announcement = MediaRefused(media_id=media_id, reason=refused.reason)
        doc = {**row.doc, "state": "refused", "reason": refused.reason}
        ttl: int | None = int((room.now + REFUSED_KEEP).timestamp())
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
        # Where and when the camera was stays in this row: for comparing with the pin of a report.
        # It goes into no event and no answer, not even the owner's.
        private = {
            "lat": place[0] if place else None,
            "lon": place[1] if place else None,
            "taken_at": made.origin.taken_at,
        }
        doc = {
            **row.doc,
            **event.model_dump(exclude={"media_id"}),
            "state": "ready",
            "private_exif": private,
        }
        ttl = None
    after = Row(f"M#{ulid}", "-", doc, version=row.version + 1, ttl=ttl)
    try:
        room.outbox.commit([Put(after, row.version)], [(f"media-{ulid}", event, room.now)])
    except CommitConflict:
        current = room.table.get(f"M#{ulid}", "-")
        if current is not None and current.doc["state"] == "awaiting":
            raise
        doc = current.doc if current else doc
    room.blobs.discard(key)
    return str(doc["state"])
