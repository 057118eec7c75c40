"""The keys that sign for the city: made at first need, sealed at rest, changed without downtime.

A new key is published `AHEAD` before it signs, so that every function has learnt of it; the old
one stays published until the last token it signed has expired.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from city.adapters.acts import CLOCK, did
from city.adapters.sealed import seal, unseal
from city.adapters.table import ABSENT, CommitConflict, Delete, Put, Row, Table, everything
from city.adapters.trust import LIFETIME, Trust
from city.kernel.clock import stamp

PURPOSE = "identity signing key"
AHEAD = timedelta(minutes=2)
KEEP = LIFETIME + timedelta(minutes=5)
RENEW_AFTER = timedelta(days=30)
PARTITION = "SIGNING"


@dataclass(frozen=True, slots=True)
class Key:
    """A private key that signs from a moment on."""

    kid: str
    algorithm: str
    signs_from: str
    private: Any


def _made(algorithm: str) -> Any:
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _public(private: Any, kid: str, algorithm: str) -> dict[str, Any]:
    kind = OKPAlgorithm if algorithm == "EdDSA" else RSAAlgorithm
    jwk: dict[str, Any] = json.loads(kind.to_jwk(private.public_key()))
    jwk.pop("key_ops", None)
    return {**jwk, "kid": kid, "alg": algorithm, "use": "sig"}


class Keys:
    """The signing keys in identity's own table; their public halves in the table `trust`."""

    def __init__(
        self,
        table: Table,
        trusted: Trust,
        secret: str,
        *,
        algorithm: str = "RS256",
        draw_id: Callable[[], str] = lambda: secrets.token_urlsafe(12),
    ) -> None:
        self.issuer = trusted.issuer
        self._table, self._trust, self._secret = table, trusted, secret
        self._algorithm, self._draw_id = algorithm, draw_id
        self._held: list[Key] = []
        self._until = ""
        self._opened: dict[str, Any] = {}  # by what is sealed: opening an RSA key takes a while

    def sign(self, claims: dict[str, Any], now: datetime, typ: str) -> str:
        """A compact JWS over `claims` with the key in force."""
        key = self._current(now)
        headers = {"kid": key.kid, "typ": typ}
        return jwt.encode(claims, key.private, algorithm=key.algorithm, headers=headers)

    def rotate(self, now: datetime, by: str = CLOCK) -> str:
        """Begin a new key; returns its id. It signs from `AHEAD` on; the old ones end after it."""
        self._current(now)
        made = self._add(now, now + AHEAD, self._draw_id(), by)
        last = now + AHEAD + KEEP
        for key in self._read():
            if key.kid != made:
                jwk = _public(key.private, key.kid, key.algorithm)
                self._trust.publish(jwk, now, last)
        self._until = ""
        return made

    def tend(self, now: datetime) -> bool:
        """Renew an old key, forget ended ones; whether a new one was begun. Run by the clock."""
        current = self._current(now)
        for key in self._read():
            if key.kid != current.kid and key.signs_from < current.signs_from:
                ended = stamp(now - KEEP)
                if current.signs_from < ended:
                    self._trust.withdraw(key.kid)
                    self._table.commit(Delete(PARTITION, key.kid))
        waiting = any(key.signs_from > stamp(now) for key in self._held)
        if not waiting and current.signs_from < stamp(now - RENEW_AFTER):
            self.rotate(now)
            return True
        return False

    def _current(self, now: datetime) -> Key:
        """The newest key that may sign."""
        if self._until <= stamp(now):
            self._held = self._read()
            self._publish_missing(now)
            self._until = stamp(now + timedelta(seconds=30))
        if not self._held:
            # Fixed id: of two processes that start a city at once, one makes the first key.
            self._add(now, now, "first")
            self._held = self._read()
        ready = [key for key in self._held if key.signs_from <= stamp(now)]
        if not ready:  # our clock is behind that of whoever made the first key
            return min(self._held, key=lambda key: key.signs_from)
        return max(ready, key=lambda key: key.signs_from)

    def _publish_missing(self, now: datetime) -> None:
        """Whoever died between keeping a key and publishing it left it unknown to the others."""
        known = {jwk["kid"] for jwk in self._trust.public_keys()}
        for key in self._held:
            if key.kid not in known:
                self._trust.publish(_public(key.private, key.kid, key.algorithm), now, None)

    def _add(self, now: datetime, signs_from: datetime, kid: str, by: str = CLOCK) -> str:
        private = _made(self._algorithm)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        doc = {
            "algorithm": self._algorithm,
            "signs_from": stamp(signs_from),
            "sealed": seal(self._secret, PURPOSE, pem),
        }
        try:
            act = did(now, by, f"key/{kid}", "begin")
            self._table.commit(Put(Row(PARTITION, kid, doc), ABSENT), *act)
        except CommitConflict:
            return kid  # somebody made it a moment ago
        self._trust.publish(_public(private, kid, self._algorithm), now, None)
        return kid

    def _read(self) -> list[Key]:
        rows = everything(self._table, PARTITION)
        self._opened = {row.doc["sealed"]: self._open(row.doc["sealed"]) for row in rows}
        return [
            Key(
                row.sk,
                row.doc["algorithm"],
                row.doc["signs_from"],
                self._opened[row.doc["sealed"]],
            )
            for row in rows
        ]

    def _open(self, sealed: str) -> Any:
        held = self._opened.get(sealed)
        return held or load_pem_private_key(unseal(self._secret, PURPOSE, sealed), None)
