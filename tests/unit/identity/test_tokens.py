"""What a token must be to be believed: every way we know of to forge one fails."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from city.adapters.table_memory import MemoryTable
from city.adapters.tokens import ACCESS, ATTESTATION, issue, read
from city.adapters.trust import AUDIENCE, LIFETIME, OutsideIssuer, Trust
from city.identity.keys import AHEAD, KEEP, Keys
from city.kernel.people import Principal, Role
from city.kernel.problems import Unauthenticated
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from world import MONDAY, SECRET

OURS = "https://city.test"
LAN = Principal(
    user_id="lan",
    roles=frozenset({"citizen", "organisation_admin"}),
    unit=None,
    posts=frozenset({("organisation_admin", "cong-doan")}),
    acr=2,
    stepped_up_until=MONDAY + timedelta(minutes=5),
    session="device-1",
)


class Tick:
    """A monotonic clock that tests move."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def tick() -> Tick:
    return Tick()


@pytest.fixture
def trusted(tick: Tick) -> Trust:
    return Trust(MemoryTable(), OURS, tick=tick)


@pytest.fixture
def keys(trusted: Trust) -> Keys:
    return Keys(MemoryTable(), trusted, SECRET)


def claims(**changes: Any) -> dict[str, Any]:
    made = {
        "iss": OURS, "aud": AUDIENCE, "sub": "lan", "jti": "1", "roles": ["administrator"],
        "iat": MONDAY.timestamp(), "exp": int((MONDAY + LIFETIME).timestamp()),
    }  # fmt: skip
    return {k: v for k, v in {**made, **changes}.items() if v is not None}


def refused(trusted: Trust, token: str) -> bool:
    try:
        read(token, trusted, MONDAY)
    except Unauthenticated:
        return True
    return False


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def test_what_was_issued_is_read_back(keys: Keys, trusted: Trust) -> None:
    assert read(issue(LAN, keys, MONDAY, "1"), trusted, MONDAY) == LAN


def test_a_token_ends_after_ten_minutes_or_with_a_role(keys: Keys, trusted: Trust) -> None:
    token = issue(LAN, keys, MONDAY, "1")
    read(token, trusted, MONDAY + LIFETIME - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        read(token, trusted, MONDAY + LIFETIME)
    short = issue(LAN, keys, MONDAY, "2", until=MONDAY + timedelta(minutes=1))
    with pytest.raises(Unauthenticated):
        read(short, trusted, MONDAY + timedelta(minutes=1))


def test_forged_tokens_are_refused(keys: Keys, trusted: Trust) -> None:
    good = keys.sign(claims(), MONDAY, ACCESS)
    assert not refused(trusted, good)
    kid = jwt.get_unverified_header(good)["kid"]
    head, body, signature = good.split(".")
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = trusted.key(OURS, kid)
    assert public is not None
    pem = public.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    confused = f"{encoded({'alg': 'HS256', 'kid': kid, 'typ': ACCESS})}.{body}"
    mac = hmac.new(pem, confused.encode(), hashlib.sha256).digest()
    own_jwk = {**json.loads(RSAAlgorithm.to_jwk(stranger.public_key())), "kid": kid}

    def signed(**headers: Any) -> str:
        told = {"kid": kid, "typ": ACCESS, **headers}
        return jwt.encode(claims(), stranger, algorithm="RS256", headers=told)

    forged = {
        "none": f"{encoded({'alg': 'none', 'kid': kid, 'typ': ACCESS})}.{body}.",
        "None": f"{encoded({'alg': 'None', 'kid': kid, 'typ': ACCESS})}.{body}.{signature}",
        "HS256 with the public key": f"{confused}."
        + base64.urlsafe_b64encode(mac).rstrip(b"=").decode(),
        "a stranger's key under our kid": signed(),
        "its own key in the header (jwk)": signed(jwk=own_jwk),
        "a key address in the header (jku)": signed(jku="https://evil.test/jwks.json"),
        "unknown kid": signed(kid="other"),
        "kid as a path": signed(kid="../../etc/passwd"),
        "no kid": jwt.encode(claims(), stranger, algorithm="RS256", headers={"typ": ACCESS}),
        "another body": f"{head}.{encoded(claims(sub='minh'))}.{signature}",
        "no signature": f"{head}.{body}.",
        "not a token": "abc",
        "nothing": "..",
    }
    assert [name for name, token in forged.items() if not refused(trusted, token)] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.test"},
        {"iss": OURS + "/"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": None},
        {"exp": int(MONDAY.timestamp())},
        {"nbf": int((MONDAY + timedelta(minutes=1)).timestamp())},
        {"sub": None},
        {"iat": None},
        {"jti": None},
    ],
    ids=str,
)
def test_well_signed_but_wrong_claims_are_refused(
    keys: Keys, trusted: Trust, changes: dict[str, Any]
) -> None:
    assert refused(trusted, keys.sign(claims(**changes), MONDAY, ACCESS))


def test_one_kind_of_token_is_not_good_for_another(keys: Keys, trusted: Trust) -> None:
    assert refused(trusted, keys.sign(claims(), MONDAY, ATTESTATION))
    assert refused(trusted, keys.sign(claims(), MONDAY, "JWT"))


def test_revoking_ends_older_tokens_everywhere_within_a_minute(
    keys: Keys, trusted: Trust, tick: Tick
) -> None:
    elsewhere = Trust(trusted._table, OURS, tick=tick)
    old = issue(LAN, keys, MONDAY, "1")
    read(old, elsewhere, MONDAY)
    trusted.revoke("lan", MONDAY + timedelta(seconds=1))
    tick.s += 60
    with pytest.raises(Unauthenticated):
        read(old, elsewhere, MONDAY + timedelta(seconds=61))
    fresh = issue(LAN, keys, MONDAY + timedelta(seconds=2), "2")
    assert read(fresh, elsewhere, MONDAY + timedelta(seconds=61)).user_id == "lan"


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"])
def test_rotation_never_breaks_a_token(algorithm: str, tick: Tick) -> None:
    table, shared = MemoryTable(), MemoryTable()
    issuer, verifier = Trust(shared, OURS, tick=tick), Trust(shared, OURS, tick=tick)
    keys = Keys(table, issuer, SECRET, algorithm=algorithm)
    alive: list[tuple[str, Any]] = []
    kids = set()
    for minute in range(60):
        now = MONDAY + timedelta(minutes=minute)
        tick.s = minute * 60.0
        if minute == 10:
            keys.rotate(now, "boss")
        if minute == 30:
            keys.rotate(now)
        keys.tend(now)
        token = issue(LAN, keys, now, str(minute))
        kids.add(jwt.get_unverified_header(token)["kid"])
        alive = [(t, end) for t, end in alive if now < end] + [(token, now + LIFETIME)]
        for held, _ in alive:
            assert read(held, verifier, now).user_id == "lan"
    assert len(kids) == 3
    begun = [row.pk for row in table.rows() if row.pk.startswith("BY#")]
    assert begun == ["BY#boss"], "what the clock begins is nobody's act"
    assert len(issuer.public_keys()) == 1
    assert AHEAD.total_seconds() > 30 + 2  # verifiers look again well before a new key signs
    assert KEEP > LIFETIME


def test_a_key_that_was_kept_but_not_published_is_published_later(trusted: Trust) -> None:
    table = MemoryTable()
    Keys(table, trusted, SECRET).sign({}, MONDAY, ACCESS)
    lost = Trust(MemoryTable(), OURS)
    token = issue(LAN, Keys(table, lost, SECRET), MONDAY, "1")
    assert read(token, lost, MONDAY).user_id == "lan"


def test_a_clock_that_is_behind_still_signs(trusted: Trust) -> None:
    table = MemoryTable()
    Keys(table, trusted, SECRET).sign({}, MONDAY, ACCESS)
    early = MONDAY - timedelta(minutes=1)
    token = issue(LAN, Keys(table, trusted, SECRET), early, "1")
    assert read(token, trusted, early).user_id == "lan"


def test_private_keys_are_sealed(trusted: Trust) -> None:
    table = MemoryTable()
    Keys(table, trusted, SECRET).sign({}, MONDAY, ACCESS)
    rows, _ = table.query("SIGNING")
    assert "PRIVATE" not in str(rows)
    with pytest.raises(InvalidTag):
        Keys(table, trusted, "another secret of thirty-two characters!").sign({}, MONDAY, ACCESS)


class Keycloak:
    """An outside issuer with one key."""

    issuer = "https://id.province.test/realms/hue"

    def __init__(self, kid: str = "kc-1") -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = kid

    def jwks(self, _: str) -> dict[str, Any]:
        jwk = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        encryption = {**jwk, "kid": "enc", "use": "enc"}
        return {"keys": [{**jwk, "kid": self.kid, "use": "sig"}, encryption]}

    def token(self, **changes: Any) -> str:
        told = claims(
            **{"iss": self.issuer, "aud": "hue-s-app", "sub": "42", "jti": None, **changes}
        )
        headers = {"kid": self.kid}
        return jwt.encode(told, self.private, algorithm="RS256", headers=headers)


@pytest.fixture
def outside() -> Callable[[Keycloak], Trust]:
    def make(keycloak: Keycloak) -> Trust:
        known = OutsideIssuer(
            issuer=Keycloak.issuer,
            jwks_uri="https://id.province.test/keys",
            audience="hue-s-app",
            roles=frozenset({"citizen", "press"}),
            levels={"level2": 2},
        )
        return Trust(MemoryTable(), OURS, [known], fetch=keycloak.jwks)

    return make


def test_an_outside_issuer_is_trusted_for_what_it_may_say(
    outside: Callable[[Keycloak], Trust],
) -> None:
    keycloak = Keycloak()
    trusted = outside(keycloak)
    who = read(keycloak.token(roles=["press", "administrator"], acr="level2"), trusted, MONDAY)
    assert who.roles == {Role.PRESS}
    assert who.acr == 2
    assert who.user_id.startswith("oidc-")
    assert refused(trusted, keycloak.token(aud="another"))
    assert refused(Trust(MemoryTable(), OURS), keycloak.token())


def test_an_outside_issuer_cannot_speak_for_us_nor_we_for_it(
    outside: Callable[[Keycloak], Trust],
) -> None:
    keycloak = Keycloak("first")  # the very id of our own first key
    trusted = outside(keycloak)
    keys = Keys(MemoryTable(), trusted, SECRET)
    keys.sign({}, MONDAY, ACCESS)
    as_us = jwt.encode(
        claims(), keycloak.private, algorithm="RS256", headers={"kid": "first", "typ": ACCESS}
    )
    assert refused(trusted, as_us)
    as_them = keys.sign(claims(iss=Keycloak.issuer, aud="hue-s-app"), MONDAY, ACCESS)
    assert refused(trusted, as_them)
    assert refused(trusted, jwt.encode(claims(iss=Keycloak.issuer, aud="hue-s-app"), "x" * 32))
