"""The city's key towards push services (RFC 8292): made once, sealed, one for all functions."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from city.adapters.sealed import seal, unseal
from city.adapters.table import ABSENT, CommitConflict, Put, Row, Table
from city.fanout.webpush import Vapid

PURPOSE = "vapid"


def vapid(table: Table, secret: str, given_pem: str, contact: str) -> Vapid:
    """The key that production hands in, else the one kept in the table, else a new one: whoever
    comes first at the same moment makes it for all.

    Raises:
        ValueError: the key handed in is no P-256 private key.
    """
    if given_pem:
        return Vapid(_private(given_pem.encode()), contact)
    row = table.get("KEYS", "VAPID")
    if row is None:
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            table.commit(Put(Row("KEYS", "VAPID", {"key": seal(secret, PURPOSE, pem)}), ABSENT))
        except CommitConflict:
            return vapid(table, secret, given_pem, contact)
        return Vapid(made, contact)
    return Vapid(_private(unseal(secret, PURPOSE, row.doc["key"])), contact)


def _private(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("VAPID wants a P-256 private key")
    return key
