"""The codes that a card shows, signed with Ed25519 (RFC 8032) as compact JWS.

`HUE1:` marks an online code: the card's id and a nonce, 45 seconds, no personal datum.
`HUE2:` marks an offline code: name and kind, to the end of the day in Huế, and the salted hash by
which the day's revocation list knows the card. Both bind `kid` to one key and `EdDSA`.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm

from city.adapters.sealed import seal, unseal
from city.adapters.table import ABSENT, CommitConflict, Delete, Put, Row, Table, everything
from city.kernel.clock import HUE, stamp

ONLINE, OFFLINE = "HUE1:", "HUE2:"
PURPOSE = "cards signing key"
RENEW_AFTER = timedelta(days=90)
OVERLAP = timedelta(days=2)  # an offline code lives to the end of its day
HASH_CHARS = 16


class Forged(Exception):
    """Not signed by us, altered, or not a code."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key and since when it signs."""

    kid: str
    since: str
    private: Ed25519PrivateKey


class CardKeys:
    """The unit's own keys, sealed at rest; an old one stays good for `OVERLAP`."""

    def __init__(self, table: Table, secret: str) -> None:
        self._table, self._secret = table, secret

    def all(self) -> list[SigningKey]:
        """Every key, newest first."""
        rows = everything(self._table, "KEYS")
        keys = [SigningKey(r.sk, r.doc["since"], self._open(r)) for r in rows]
        return sorted(keys, key=lambda k: k.since, reverse=True)

    def current(self, now: datetime) -> SigningKey:
        """The newest key; the first one is made when it is needed."""
        held = self.all()
        return held[0] if held else self._make("first", now)

    def tend(self, now: datetime) -> bool:
        """Renew by age and forget what is over; whether a key was made. Run by the clock."""
        held = self.all()
        for newer, key in pairwise(held):
            if newer.since < stamp(now - OVERLAP):
                self._table.commit(Delete("KEYS", key.kid))
        if held and held[0].since < stamp(now - RENEW_AFTER):
            self._make(secrets.token_urlsafe(9), now)
            return True
        return False

    def jwks(self) -> dict[str, Any]:
        """The public halves (RFC 8037)."""
        made = []
        for key in self.all():
            jwk: dict[str, Any] = json.loads(OKPAlgorithm.to_jwk(key.private.public_key()))
            jwk.pop("key_ops", None)
            made.append({**jwk, "kid": key.kid, "alg": "EdDSA", "use": "sig"})
        return {"keys": made}

    def _open(self, row: Row) -> Ed25519PrivateKey:
        found = load_pem_private_key(unseal(self._secret, PURPOSE, row.doc["sealed"]), None)
        if not isinstance(found, Ed25519PrivateKey):
            raise TypeError(row.sk)
        return found

    def _make(self, kid: str, now: datetime) -> SigningKey:
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        doc = {"since": stamp(now), "sealed": seal(self._secret, PURPOSE, pem)}
        try:
            self._table.commit(Put(Row("KEYS", kid, doc), ABSENT))
        except CommitConflict:
            return self.all()[0]  # somebody made it a moment ago
        return SigningKey(kid, doc["since"], private)


def signed(key: SigningKey, typ: str, claims: Mapping[str, Any]) -> str:
    """A compact JWS."""
    headers = {"kid": key.kid, "typ": typ}
    return jwt.encode(dict(claims), key.private, algorithm="EdDSA", headers=headers)


def opened(keys: Sequence[SigningKey], token: str, typ: str) -> dict[str, Any]:
    """What a code says. Its time is the caller's to judge.

    Raises:
        Forged: not ours, altered, of another kind, or not a code at all.
    """
    try:
        header = jwt.get_unverified_header(token)
        key = next((k for k in keys if k.kid == header.get("kid")), None)
        if key is None or header.get("typ") != typ:
            raise Forged
        claims: dict[str, Any] = jwt.decode(
            token,
            key.private.public_key(),
            algorithms=["EdDSA"],
            options={"verify_exp": False, "verify_iat": False},
        )
    except jwt.PyJWTError as error:
        raise Forged from error
    return claims


def end_of_day(now: datetime) -> datetime:
    """Midnight in Huế after a moment."""
    local = now.astimezone(HUE)
    tomorrow = datetime(local.year, local.month, local.day, tzinfo=HUE) + timedelta(days=1)
    return tomorrow.astimezone(now.tzinfo)


def listed(card_id: str, day: date) -> str:
    """A card's name in a day's revocation list: nobody learns ids from it, and it changes daily."""
    return hashlib.sha256(f"{day.isoformat()}|{card_id}".encode()).hexdigest()[:HASH_CHARS]
