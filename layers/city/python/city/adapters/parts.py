"""Parts of a person's data export: each holder writes its own, `privacy` gathers them.

One private object for each request and holder, `<request>/<holder>.json`, gone after a week by
the bucket's own rule. Personal data never travel on the bus.
"""

import json
from typing import Any, Protocol

from city.adapters import blob
from city.adapters.settings import settings

LIMIT = 50_000_000


class Parts(Protocol):
    """Where parts are kept."""

    def write(self, request_id: str, holder: str, document: dict[str, Any]) -> None:
        """Keep a holder's part, replacing an earlier one."""

    def read(self, request_id: str, holder: str) -> dict[str, Any] | None:
        """A holder's part."""

    def remove(self, request_id: str, holder: str) -> None:
        """Forget a part."""


class BucketParts:
    """Parts in the exports bucket."""

    def write(self, request_id: str, holder: str, document: dict[str, Any]) -> None:
        """See `Parts`."""
        raw = json.dumps(document, ensure_ascii=False, default=str).encode()
        blob.client().put_object(
            Bucket=settings().exports_bucket,
            Key=f"{request_id}/{holder}.json",
            Body=raw,
            ContentType="application/json",
        )

    def read(self, request_id: str, holder: str) -> dict[str, Any] | None:
        """See `Parts`."""
        raw = blob.read(settings().exports_bucket, f"{request_id}/{holder}.json", LIMIT)
        if raw is None:
            return None
        document: dict[str, Any] = json.loads(raw)
        return document

    def remove(self, request_id: str, holder: str) -> None:
        """See `Parts`."""
        blob.remove(settings().exports_bucket, f"{request_id}/{holder}.json")


class MemoryParts:
    """Parts in memory, for tests."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], dict[str, Any]] = {}

    def write(self, request_id: str, holder: str, document: dict[str, Any]) -> None:
        """See `Parts`."""
        self.held[request_id, holder] = document

    def read(self, request_id: str, holder: str) -> dict[str, Any] | None:
        """See `Parts`."""
        return self.held.get((request_id, holder))

    def remove(self, request_id: str, holder: str) -> None:
        """See `Parts`."""
        self.held.pop((request_id, holder), None)
