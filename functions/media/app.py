"""What wakes `media`: people who want to upload, and the bucket when something arrived."""

from typing import Any
from urllib.parse import unquote_plus

from city.adapters import blob
from city.adapters.holder import handle
from city.adapters.http import Unit
from city.adapters.parts import BucketParts
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.contracts.envelope import CloudEvent
from city.contracts.privacy import PersonalDataRequested
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.people import Principal
from city.media import holding, service
from city.media.service import Darkroom, MediaUpload, MediaView, NewMedia

app = Unit("media")
events = app.events


class Buckets:
    """The two buckets of this stage."""

    def presign(self, key: str, content_type: str, max_bytes: int, life_s: int) -> dict[str, Any]:
        """See `service.Blobs`."""
        form: dict[str, Any] = blob.presigner().generate_presigned_post(
            Bucket=settings().uploads_bucket,
            Key=key,
            Fields={"Content-Type": content_type},
            Conditions=[
                {"Content-Type": content_type},
                ["content-length-range", 1, max_bytes],
            ],
            ExpiresIn=life_s,
        )
        return form

    def incoming(self, key: str, limit: int) -> bytes | None:
        """See `service.Blobs`."""
        return blob.read(settings().uploads_bucket, key, limit)

    def publish(self, key: str, data: bytes) -> None:
        """See `service.Blobs`."""
        blob.write(settings().media_bucket, key, data, "image/jpeg")

    def discard(self, key: str) -> None:
        """See `service.Blobs`."""
        blob.remove(settings().uploads_bucket, key)

    def withdraw(self, key: str) -> None:
        """See `service.Blobs`."""
        blob.remove(settings().media_bucket, key)

    def address(self, key: str) -> str:
        """See `service.Blobs`."""
        return blob.media_url(key)


def room() -> Darkroom:
    """Everything the service needs, in this process, now."""
    return Darkroom(
        table=table("media"),
        outbox=outbox("media"),
        blobs=Buckets(),
        secret=settings().token_secret,
        now=utc_now(),
        new_id=new_id,
        sandbox=settings().sandbox,
    )


@app.post("/v1/media", status=201)
def ask(body: NewMedia, who: Principal) -> MediaUpload:
    """Get a place to upload one picture to."""
    return service.ask(room(), body, who.user_id)


@app.get("/v1/media/{id}")
def look(id: str, who: Principal) -> MediaView:  # noqa: A002 - the path's own word
    """How one's own picture is doing."""
    return service.look(room(), id, who.user_id)


@app.receive("media-uploads")
def arrived(message: dict[str, Any]) -> None:
    """Something arrived in the bucket of uploads (S3's own test message has no records)."""
    for record in message.get("Records", []):
        key = unquote_plus(record["s3"]["object"]["key"])
        note(media=key, outcome_of_intake=service.intake(room(), key))


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants the pictures they sent, or wants to be forgotten."""
    at = room()
    handle(
        asked,
        "media",
        export=lambda subject: holding.export(at, subject),
        erase=lambda subject: holding.erase(at, subject),
        parts=BucketParts(),
        outbox=outbox("media"),
    )
