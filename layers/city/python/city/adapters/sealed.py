"""Private keys at rest: AES-256-GCM under a key derived (HKDF-SHA256) from the city's secret."""

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


def _cipher(secret: str, purpose: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return AESGCM(derived.derive(secret.encode()))


def seal(secret: str, purpose: str, data: bytes) -> str:
    """Encrypt; what is sealed for one purpose opens for no other. Hexadecimal."""
    nonce = os.urandom(NONCE_BYTES)
    return (nonce + _cipher(secret, purpose).encrypt(nonce, data, purpose.encode())).hex()


def unseal(secret: str, purpose: str, sealed: str) -> bytes:
    """Decrypt.

    Raises:
        cryptography.exceptions.InvalidTag: another secret or purpose, or altered.
    """
    raw = bytes.fromhex(sealed)
    cipher = _cipher(secret, purpose)
    return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode())
