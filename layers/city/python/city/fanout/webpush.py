"""Web push as the phone's browser expects it: RFC 8291 encryption and RFC 8292 identification.

Written on the primitives of `cryptography`: per message one fresh P-256 key, one agreement, four
HMACs and one AES-128-GCM. `http_ece` and `pywebpush` agree in the tests.
"""

import base64
import hmac
import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_SIZE: Final = 4096
MAX_PLAINTEXT: Final = 3993  # RFC 8291 section 4: one record of 4096 bytes and its overhead
VAPID_LIFE: Final = timedelta(hours=12)
VAPID_AGAIN: Final = timedelta(hours=1)
_CURVE = ec.SECP256R1()
_KEY_INFO: Final = b"WebPush: info\0"
_CEK_INFO: Final = b"Content-Encoding: aes128gcm\0\x01"
_NONCE_INFO: Final = b"Content-Encoding: nonce\0\x01"


class BadSubscription(ValueError):
    """The browser's key is no point of the curve, or its secret has the wrong length."""


def b64(raw: bytes) -> str:
    """Base64url without padding, as all of web push writes bytes."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The inverse of `b64`; padding is tolerated."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _raw(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def encrypt(
    plaintext: bytes,
    p256dh: bytes,
    auth: bytes,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of one push message (`Content-Encoding: aes128gcm`), RFC 8291 and RFC 8188.

    `p256dh` is the browser's public key (65 bytes, uncompressed), `auth` its 16-byte secret.
    `sender` and `salt` are drawn fresh, as the RFC wants; tests hold them.

    Raises:
        BadSubscription: the keys are not what a browser makes.
        ValueError: the plaintext is longer than one record holds.
    """
    if len(plaintext) > MAX_PLAINTEXT:
        raise ValueError(f"a push message holds at most {MAX_PLAINTEXT} bytes")
    if len(auth) != 16:
        raise BadSubscription("auth is 16 bytes")
    try:
        receiver = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, p256dh)
    except ValueError as error:
        raise BadSubscription(str(error)) from error
    sender = sender or ec.generate_private_key(_CURVE)
    salt = salt or os.urandom(16)
    ours = _raw(sender.public_key())
    shared = _hmac(auth, sender.exchange(ec.ECDH(), receiver))
    material = _hmac(shared, _KEY_INFO + p256dh + ours + b"\x01")
    key = _hmac(salt, material)
    cipher = AESGCM(_hmac(key, _CEK_INFO)[:16])
    sealed = cipher.encrypt(_hmac(key, _NONCE_INFO)[:12], plaintext + b"\x02", None)
    return salt + struct.pack("!IB", RECORD_SIZE, len(ours)) + ours + sealed


def decrypt(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What a browser does with a message; the simulators and tests play browser.

    Raises:
        cryptography.exceptions.InvalidTag: not meant for these keys, or altered.
    """
    salt, length = body[:16], body[20]
    theirs, sealed = body[21 : 21 + length], body[21 + length :]
    sender = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs)
    shared = _hmac(auth, private.exchange(ec.ECDH(), sender))
    material = _hmac(shared, _KEY_INFO + _raw(private.public_key()) + theirs + b"\x01")
    key = _hmac(salt, material)
    cipher = AESGCM(_hmac(key, _CEK_INFO)[:16])
    padded = cipher.decrypt(_hmac(key, _NONCE_INFO)[:12], sealed, None)
    return padded.rstrip(b"\0")[:-1]


@dataclass(slots=True)
class Vapid:
    """The city's name badge at push services (RFC 8292): one signature an hour and origin."""

    private: ec.EllipticCurvePrivateKey
    contact: str
    _made: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    @property
    def public(self) -> str:
        """The application server key that browsers subscribe with."""
        return b64(_raw(self.private.public_key()))

    def header(self, endpoint: str, now: datetime) -> str:
        """The `Authorization` header for a push service."""
        parts = urlsplit(endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        made = self._made.get(origin)
        if made and now - made[0] < VAPID_AGAIN:
            return made[1]
        claims = {
            "aud": origin,
            "exp": int((now + VAPID_LIFE).timestamp()),
            "sub": self.contact,
        }
        header = f"vapid t={_es256(self.private, claims)}, k={self.public}"
        self._made[origin] = (now, header)
        return header


def _es256(private: ec.EllipticCurvePrivateKey, claims: dict[str, object]) -> str:
    def part(what: dict[str, object]) -> str:
        return b64(json.dumps(what, separators=(",", ":")).encode())

    signing = f"{part({'typ': 'JWT', 'alg': 'ES256'})}.{part(claims)}"
    r, s = decode_dss_signature(private.sign(signing.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signing}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


Encrypt = Callable[[bytes, bytes, bytes], bytes]
