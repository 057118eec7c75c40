"""Whose tokens are good: the keys we trust and the people whose older tokens are not.

Both live in the small shared table `trust`, written by `identity` alone and read by every
function. A key id is bound to one issuer and one algorithm. Processes keep what they read for
some seconds: a revocation reaches every function within `REVOKED_FRESH_S`.
"""

import functools
import json
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from pydantic import BaseModel, ConfigDict, TypeAdapter

from city.adapters.settings import settings
from city.adapters.stores import table
from city.adapters.table import Delete, Put, Row, Table, everything
from city.kernel.clock import stamp

AUDIENCE = "hue-s"
LIFETIME = timedelta(minutes=10)
KEYS_FRESH_S = 30.0
KEYS_AGAIN_S = 2.0  # an unknown key id makes us look again, at most this often
REVOKED_FRESH_S = 15.0
OUTSIDE_FRESH_S = 600.0
FETCH_S = 5


class OutsideIssuer(BaseModel):
    """An OpenID Connect issuer that the city trusts instead of, or beside, its own.

    `roles` are the only roles its tokens may carry here; `levels` translates its `acr`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    jwks_uri: str
    audience: str
    algorithm: str = "RS256"
    roles_claim: str = "roles"
    roles: frozenset[str] = frozenset({"citizen"})
    levels: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key, good for one issuer and one algorithm. `outside` is None for our own."""

    kid: str
    issuer: str
    algorithm: str
    audience: str
    key: Any
    outside: OutsideIssuer | None = None


def fetched(url: str) -> dict[str, Any]:
    """A JSON document from an address of the configuration."""
    with urllib.request.urlopen(url, timeout=FETCH_S) as answer:  # noqa: S310 - checked below
        found: dict[str, Any] = json.load(answer)
    return found


class Trust:
    """Keys and revocations, kept for some seconds. `tick` is a monotonic clock in seconds."""

    def __init__(
        self,
        held: Table,
        issuer: str,
        outside: Sequence[OutsideIssuer] = (),
        *,
        fetch: Callable[[str], dict[str, Any]] = fetched,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self._table = held
        self._outside = {each.issuer: each for each in outside}
        self._fetch = fetch
        self._tick = tick
        self._keys: dict[tuple[str, str], TrustedKey] = {}
        self._revoked: dict[str, str] = {}
        self._read_at: dict[str, float] = {}

    def key(self, issuer: str, kid: str) -> TrustedKey | None:
        """The key of an issuer by its id; None when we do not trust it."""
        if issuer != self.issuer and issuer not in self._outside:
            return None
        fresh_s = KEYS_FRESH_S if issuer == self.issuer else OUTSIDE_FRESH_S
        if self._stale(f"keys {issuer}", fresh_s):
            self._read_keys(issuer)
        if (issuer, kid) not in self._keys and self._stale(f"keys {issuer}", KEYS_AGAIN_S):
            self._read_keys(issuer)
        return self._keys.get((issuer, kid))

    def good_since(self, subject: str) -> str:
        """Tokens of a person issued before this moment (RFC 3339, UTC) are no longer good."""
        if self._stale("revoked", REVOKED_FRESH_S):
            rows = everything(self._table, "REVOKED", bound=200_000)
            self._revoked = {row.sk: str(row.doc["before"]) for row in rows}
            self._read_at["revoked"] = self._tick()
        return self._revoked.get(subject, "")

    def public_keys(self) -> list[dict[str, Any]]:
        """Our own keys as JWKs, newest first."""
        rows = everything(self._table, "KEYS")
        rows.sort(key=lambda row: str(row.doc["made_at"]), reverse=True)
        return [dict(row.doc["jwk"]) for row in rows]

    def publish(self, jwk: Mapping[str, Any], now: datetime, until: datetime | None) -> None:
        """Make a key of ours known, until a moment or further notice."""
        doc = {"jwk": dict(jwk), "made_at": stamp(now)}
        ttl = int(until.timestamp()) if until else None
        self._table.commit(Put(Row("KEYS", str(jwk["kid"]), doc, ttl=ttl)))
        self._read_at.pop(f"keys {self.issuer}", None)

    def withdraw(self, kid: str) -> None:
        """Trust a key of ours no longer."""
        self._table.commit(Delete("KEYS", kid))
        self._read_at.pop(f"keys {self.issuer}", None)

    def revoke(self, subject: str, now: datetime) -> None:
        """Refuse the access tokens that a person holds; the row goes when they have all expired."""
        ttl = int((now + 2 * LIFETIME).timestamp())
        self._table.commit(Put(Row("REVOKED", subject, {"before": stamp(now)}, ttl=ttl)))
        self._read_at.pop("revoked", None)

    def _stale(self, what: str, fresh_s: float) -> bool:
        at = self._read_at.get(what)
        return at is None or self._tick() - at > fresh_s

    def _read_keys(self, issuer: str) -> None:
        outside = self._outside.get(issuer)
        if outside:
            jwks = self._fetch(outside.jwks_uri)["keys"]
            algorithm, audience = outside.algorithm, outside.audience
        else:
            jwks = self.public_keys()
            algorithm, audience = "", AUDIENCE
        self._keys = {k: v for k, v in self._keys.items() if k[0] != issuer}
        for jwk in jwks:
            bound = algorithm or str(jwk["alg"])
            if "kid" not in jwk or jwk.get("alg", bound) != bound or jwk.get("use") == "enc":
                continue  # a key that says it is for something else is not ours to use
            made = jwt.PyJWK.from_dict(jwk, algorithm=bound)
            self._keys[issuer, jwk["kid"]] = TrustedKey(
                jwk["kid"], issuer, bound, audience, made.key, outside
            )
        self._read_at[f"keys {issuer}"] = self._tick()


@functools.cache
def trust() -> Trust:
    """What this process trusts.

    Raises:
        ValueError: an outside issuer's key address is not https (outside the sandbox).
    """
    known = settings()
    outside = TypeAdapter(list[OutsideIssuer]).validate_json(known.trusted_issuers or "[]")
    for each in outside:
        if not each.jwks_uri.startswith("https://") and not known.sandbox:
            raise ValueError(f"{each.jwks_uri}: keys come over https only")
    return Trust(table("trust"), known.public_base_url, outside)


def revoke(subject: str, now: datetime) -> None:
    """Refuse the access tokens that a person holds now, everywhere, within a minute."""
    trust().revoke(subject, now)
