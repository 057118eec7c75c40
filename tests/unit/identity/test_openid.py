"""ID tokens: which are read, and which are refused."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from city.identity import openid
from city.identity.openid import IdentityRefused, OpenIdProvider
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER = "https://id.test"


class Canned(OpenIdProvider):
    """A provider whose documents are known."""

    def _get(self, url: str, fresh_s: float) -> dict[str, Any]:
        if url.endswith("openid-configuration"):
            return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks", "token_endpoint": "x"}
        jwk: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [{**jwk, "kid": "k1"}]}


NOW = datetime.now(UTC)
GOOD: dict[str, Any] = {
    "iss": ISSUER, "aud": "hue-s", "sub": "1", "nonce": "n", "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 300, "acr": "level2", "personal_id": "046099000011",
    "name": "Nguyễn Thị Lan",
}  # fmt: skip


def claims_of(key: Any = KEY, algorithm: str = "RS256", kid: str = "k1", **changes: Any) -> Any:
    told = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
    token = jwt.encode(told, key, algorithm=algorithm, headers={"kid": kid})
    answer = {"id_token": token, "access_token": "opaque"}
    return openid._identity(Canned(ISSUER, "hue-s", "x")._claims(answer, "n", NOW))


AT_HASH = base64.urlsafe_b64encode(hashlib.sha256(b"opaque").digest()[:16]).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "also", [{}, {"at_hash": AT_HASH}, {"aud": ["hue-s"]}, {"azp": "hue-s"}], ids=str
)
def test_a_good_id_token_is_read(also: dict[str, Any]) -> None:
    found = claims_of(**also)
    assert (found.number, found.name) == ("046099000011", "Nguyễn Thị Lan")


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "other"}, {"aud": "another"}, {"iss": "https://evil.test"}, {"nonce": None},
        {"exp": int(NOW.timestamp()) - 1}, {"iat": int(NOW.timestamp()) + 600},
        {"aud": ["hue-s", "another"]}, {"acr": "level1"}, {"acr": None},
        {"personal_id": "123"}, {"personal_id": None}, {"name": None}, {"name": "…"},
        {"birthdate": "yesterday"}, {"azp": "another"}, {"at_hash": "another"},
        {"iat": True}, {"exp": "soon"}, {"key": OTHER}, {"kid": "unknown"},
        {"key": "a shared secret of thirty-two bytes!", "algorithm": "HS256"},
        {"key": None, "algorithm": "none"},
    ],
    ids="+".join,
)  # fmt: skip
def test_other_id_tokens_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(IdentityRefused):
        claims_of(**wrong)
