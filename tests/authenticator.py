"""A device that holds passkeys, for tests of identity and for people of a running city."""

import hashlib
import json
import struct
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url as b64

SITE = "http://localhost:8080"


class Authenticator:
    """A device that makes and uses passkeys: ES256, attestation `none`, user verified."""

    def __init__(self, rp_id: str = "localhost", origin: str = SITE) -> None:
        self.rp_id, self.origin = rp_id, origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(str(id(self)).encode()).digest()
        self.counter = 0
        self.flags = 0x05  # present and verified

    def _client_data(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _data(self, attested: bytes = b"") -> bytes:
        flags = self.flags | (0x40 if attested else 0)
        rp = hashlib.sha256(self.rp_id.encode()).digest()
        return rp + struct.pack("!BI", flags, self.counter) + attested

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        key = {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        attested = b"\0" * 16 + struct.pack("!H", len(self.id)) + self.id + cbor2.dumps(key)
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(attested)})
        return {
            "id": b64(self.id),
            "rawId": b64(self.id),
            "type": "public-key",
            "response": {
                "clientDataJSON": b64(self._client_data("webauthn.create", options["challenge"])),
                "attestationObject": b64(made),
            },
        }

    def get(self, options: dict[str, Any], *, count_up: int = 1) -> dict[str, Any]:
        self.counter += count_up
        client = self._client_data("webauthn.get", options["challenge"])
        data = self._data()
        signed = data + hashlib.sha256(client).digest()
        return {
            "id": b64(self.id),
            "rawId": b64(self.id),
            "type": "public-key",
            "response": {
                "clientDataJSON": b64(client),
                "authenticatorData": b64(data),
                "signature": b64(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            },
        }
