"""Gateways' keys: shown once, kept as keyed hashes, compared in constant time.

A gateway is a machine that sends measurements or positions to one unit. A key is
`<gateway>.<secret>`. After a change the old one is good for a week, so that a gateway on a hill can
be visited; revoking ends both at once.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel

from city.adapters.table import ABSENT, Put, Row, Table
from city.kernel.clock import stamp
from city.kernel.problems import Problem
from city.kernel.text import Text, text

OVERLAP = timedelta(days=7)
SECRET_BYTES = 24
LONGEST = 200  # characters of a key that are looked at
_NOBODY = "0" * 64


class GatewayRefused(Problem):
    """No key, or one that is no longer good."""

    status: ClassVar[int] = 401
    slug: ClassVar[str] = "gateway-key"
    title: ClassVar[Text] = text("Khoá cổng không hợp lệ", "Gateway key refused")
    detail: ClassVar[Text] = text(
        "Gửi khoá của cổng trong X-API-Key, dạng <cổng>.<bí mật>.",
        "Send the gateway's key in X-API-Key, as <gateway>.<secret>.",
    )


class _Hashes(BaseModel, frozen=True):
    """What is kept of a gateway's keys."""

    current: str
    previous: str = _NOBODY
    previous_until: datetime | None = None


def new_secret() -> str:
    """A fresh secret."""
    return secrets.token_urlsafe(SECRET_BYTES)


@dataclass(frozen=True, slots=True)
class GatewayKeys:
    """The keys of one unit's gateways, in its table under `<shelf>#<gateway>`, `KEY`."""

    unit: str
    table: Table
    pepper: str
    shelf: str = "GATEWAY"

    def verify(self, given: str, now: datetime) -> str:
        """The gateway that a key belongs to.

        Raises:
            GatewayRefused: unknown, wrong, outdated or revoked; which of them is not told.
        """
        gateway, _, secret = given.strip()[:LONGEST].partition(".")
        row = self.table.get(f"{self.shelf}#{gateway}", "KEY") if gateway and secret else None
        held = _Hashes.model_validate(row.doc) if row else _Hashes(current=_NOBODY)
        mine = self._hashed(gateway, secret)
        good = hmac.compare_digest(mine, held.current)
        old = hmac.compare_digest(mine, held.previous)
        lasting = held.previous_until is not None and now < held.previous_until
        if not (good or (old and lasting)):
            raise GatewayRefused(headers={"WWW-Authenticate": 'ApiKey realm="hue-s gateways"'})
        return gateway

    def replace(self, gateway: str, secret: str, now: datetime) -> str:
        """Give a gateway a new secret; returns the whole key, which is not kept.

        Raises:
            CommitConflict: somebody else is changing it.
        """
        row = self.table.get(f"{self.shelf}#{gateway}", "KEY")
        before = _Hashes.model_validate(row.doc) if row else None
        held = _Hashes(
            current=self._hashed(gateway, secret),
            previous=before.current if before else _NOBODY,
            previous_until=now + OVERLAP if before else None,
        )
        version = row.version if row else 0
        fresh = Row(f"{self.shelf}#{gateway}", "KEY", held.model_dump(mode="json"), version + 1)
        self.table.commit(Put(fresh, version if row else ABSENT))
        return f"{gateway}.{secret}"

    def revoke(self, gateway: str, now: datetime) -> None:
        """End every key of a gateway."""
        row = self.table.get(f"{self.shelf}#{gateway}", "KEY")
        version = row.version if row else 0
        doc = {**_Hashes(current=_NOBODY).model_dump(mode="json"), "revoked_at": stamp(now)}
        fresh = Row(f"{self.shelf}#{gateway}", "KEY", doc, version + 1)
        self.table.commit(Put(fresh, version if row else ABSENT))

    def _hashed(self, gateway: str, secret: str) -> str:
        words = f"{self.unit}-gateway|{gateway}|{secret}".encode()
        return hmac.new(self.pepper.encode(), words, hashlib.sha256).hexdigest()
