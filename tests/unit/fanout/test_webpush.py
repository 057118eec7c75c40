"""Encryption bit for bit as RFC 8291 prints it, and as two other implementations do it."""

import json
from datetime import timedelta

import http_ece
import jwt
import pytest
from city.fanout.webpush import (
    MAX_PLAINTEXT,
    BadSubscription,
    Vapid,
    b64,
    decrypt,
    encrypt,
    unb64,
)
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from world import MONDAY

CURVE = ec.SECP256R1()
UA = ec.generate_private_key(CURVE)
UA_PUBLIC = UA.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
AUTH = b"0123456789abcdef"

# RFC 8291, appendix A.
RFC = {
    "plaintext": "V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24",
    "sender": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "receiver": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx"
    "aOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "receiver_private": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "body": "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
}


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unb64(text), "big"), CURVE)


def test_the_example_of_the_rfc_bit_for_bit() -> None:
    body = encrypt(
        unb64(RFC["plaintext"]),
        unb64(RFC["receiver"]),
        unb64(RFC["auth"]),
        sender=private(RFC["sender"]),
        salt=unb64(RFC["salt"]),
    )
    assert b64(body) == RFC["body"]
    assert decrypt(body, private(RFC["receiver_private"]), unb64(RFC["auth"])) == unb64(
        RFC["plaintext"]
    )


@given(st.binary(max_size=MAX_PLAINTEXT))
def test_another_implementation_reads_what_we_write(plaintext: bytes) -> None:
    body = encrypt(plaintext, UA_PUBLIC, AUTH)
    assert http_ece.decrypt(body, private_key=UA, auth_secret=AUTH) == plaintext
    assert decrypt(body, UA, AUTH) == plaintext


def test_we_read_what_another_implementation_writes() -> None:
    sender = ec.generate_private_key(CURVE)
    words = json.dumps({"title": "Lũ khẩn cấp"}, ensure_ascii=False).encode()
    body = http_ece.encrypt(
        words, private_key=sender, dh=UA_PUBLIC, auth_secret=AUTH, version="aes128gcm"
    )
    assert decrypt(body, UA, AUTH) == words


def test_every_message_has_a_fresh_key_and_salt() -> None:
    assert len({encrypt(b"x", UA_PUBLIC, AUTH)[:86] for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [(b"", AUTH), (b"\x04" + b"\x01" * 64, AUTH), (UA_PUBLIC[:-1], AUTH), (UA_PUBLIC, b"short")],
    ids=["empty", "off the curve", "cut short", "short secret"],
)
def test_keys_that_no_browser_makes_are_refused(p256dh: bytes, auth: bytes) -> None:
    with pytest.raises(BadSubscription):
        encrypt(b"x", p256dh, auth)


def test_too_long_a_message_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        encrypt(b"x" * (MAX_PLAINTEXT + 1), UA_PUBLIC, AUTH)


def test_the_badge_is_one_signature_an_hour_and_origin() -> None:
    vapid = Vapid(ec.generate_private_key(CURVE), "mailto:city@example.org")
    one = vapid.header("https://push.test/abc", MONDAY)
    assert vapid.header("https://push.test/other", MONDAY) == one
    assert vapid.header("https://elsewhere.test/abc", MONDAY) != one
    assert vapid.header("https://push.test/abc", MONDAY + timedelta(hours=2)) != one
    token, key = one.removeprefix("vapid t=").split(", k=")
    point = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unb64(key))
    claims = jwt.decode(
        token,
        point,
        algorithms=["ES256"],
        audience="https://push.test",
        options={"verify_exp": False},
    )
    assert claims["sub"] == "mailto:city@example.org"
    assert claims["exp"] - MONDAY.timestamp() <= 24 * 3600  # RFC 8292 section 2
