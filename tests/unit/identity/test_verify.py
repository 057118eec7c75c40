"""The national identity provider: what must be refused, against the simulator's own code."""

import asyncio
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from aiohttp import web
from city.identity import openid, service, verify
from city.identity.openid import IdentityRefused, IdentityUnavailable, OpenIdProvider
from city.identity.verify import IdentityTaken
from city.kernel.people import Principal
from cryptography.hazmat.primitives.asymmetric import rsa
from identity_world import SITE, House

from infra.local.place import SANDBOX_CLIENT_SECRET, free_port
from infra.simulators import vneid


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    """The simulator over real HTTP."""
    port = free_port()
    address = f"http://localhost:{port}"
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(vneid.app(address, SITE), access_log=None)

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(runner.setup())
        loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", port).start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=1).close()
            break
        except OSError:
            threading.Event().wait(0.02)
    yield address
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


@pytest.fixture
def provider(simulator: str) -> OpenIdProvider:
    return OpenIdProvider(simulator, "hue-s", SANDBOX_CLIENT_SECRET)


@pytest.fixture
def house() -> House:
    return House(now=datetime.now(UTC))


class Stay(urllib.request.HTTPRedirectHandler):
    """Where a redirect leads, without going there."""

    def redirect_request(self, *_: Any) -> None:
        return None


def at_the_provider(url: str, **choice: str) -> dict[str, str]:
    """The person chooses; what comes back in the address."""
    parts = urllib.parse.urlsplit(url)
    chosen = {"answer": "yes", "who": "046099000011", **choice}
    form = {**dict(urllib.parse.parse_qsl(parts.query)), **chosen}
    request = urllib.request.Request(
        f"{parts.scheme}://{parts.netloc}/authorize", urllib.parse.urlencode(form).encode()
    )
    try:
        urllib.request.build_opener(Stay).open(request).close()
    except urllib.error.HTTPError as answer:
        back = urllib.parse.urlsplit(answer.headers["Location"])
        answer.close()
        return dict(urllib.parse.parse_qsl(back.query))
    raise AssertionError("no way back")


def verified(house: House, provider: OpenIdProvider, person: Principal, **choice: str) -> None:
    started, browser = verify.begin(house.door(), provider, person, SITE)
    back = at_the_provider(started.authorize_url, **choice)
    verify.finish(
        house.door(),
        provider,
        code=back["code"],
        state=back["state"],
        browser=browser,
        base_url=SITE,
        issuer=back["iss"],
    )


def test_somebody_is_verified(house: House, provider: OpenIdProvider) -> None:
    _, who = house.sign_in()
    verified(house, provider, who, who="046099000011")
    me = service.me(house.door(), who, str)
    assert (me.assurance, me.name, str(me.birth_date)) == (2, "Nguyễn Thị Lan", "1990-03-08")
    assert house.revoked == [who.user_id]
    _, after = house.sign_in()
    assert after.acr == 2
    assert "046099000011" not in str(house.table.rows())  # type: ignore[attr-defined]
    assert house.said("profile_changed")
    verified(house, provider, who, who="046099000011")  # again is fine


def test_one_identity_is_one_account(house: House, provider: OpenIdProvider) -> None:
    _, lan = house.sign_in("0901111111")
    _, other = house.sign_in("0902222222")
    verified(house, provider, lan, who="046099000011")
    with pytest.raises(IdentityTaken):
        verified(house, provider, other, who="046099000011")
    with pytest.raises(IdentityTaken):  # nor does an account become somebody else
        verified(house, provider, lan, who="046085000022")


def test_the_way_back_is_for_the_browser_that_left(house: House, provider: OpenIdProvider) -> None:
    _, who = house.sign_in()
    started, _ = verify.begin(house.door(), provider, who, SITE)
    back = at_the_provider(started.authorize_url)
    with pytest.raises(IdentityRefused):
        verify.finish(
            house.door(), provider, code=back["code"], state=back["state"], browser="other",
            base_url=SITE, issuer=back["iss"],
        )  # fmt: skip
    assert service.me(house.door(), who, str).verified is None


def test_states_and_codes_are_good_once(house: House, provider: OpenIdProvider) -> None:
    _, who = house.sign_in()
    started, browser = verify.begin(house.door(), provider, who, SITE)
    back = at_the_provider(started.authorize_url)
    given: dict[str, Any] = {
        "code": back["code"], "browser": browser, "base_url": SITE, "issuer": back["iss"],
    }  # fmt: skip
    with pytest.raises(IdentityRefused):
        verify.finish(house.door(), provider, state="made up", **given)
    verify.finish(house.door(), provider, state=back["state"], **given)
    with pytest.raises(IdentityRefused):
        verify.finish(house.door(), provider, state=back["state"], **given)
    again, browser = verify.begin(house.door(), provider, who, SITE)
    state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(again.authorize_url).query))["state"]
    with pytest.raises(IdentityRefused):  # the code was used; and PKCE would not fit
        verify.finish(house.door(), provider, state=state, **(given | {"browser": browser}))


def test_a_stolen_code_is_worthless_without_its_verifier(
    house: House, provider: OpenIdProvider
) -> None:
    _, victim = house.sign_in("0901111111")
    _, thief = house.sign_in("0902222222")
    started, _ = verify.begin(house.door(), provider, victim, SITE)
    stolen = at_the_provider(started.authorize_url)["code"]
    mine, browser = verify.begin(house.door(), provider, thief, SITE)
    state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(mine.authorize_url).query))["state"]
    with pytest.raises(IdentityRefused):
        verify.finish(
            house.door(), provider, state=state, code=stolen, browser=browser, base_url=SITE,
            issuer=provider.issuer,
        )  # fmt: skip


@pytest.mark.parametrize("issuer", ["", "https://evil.test"])
def test_another_providers_answer_is_refused(
    house: House, provider: OpenIdProvider, issuer: str
) -> None:
    """Mixed up (RFC 9207): a code that somebody else's provider answered is not sent to ours."""
    _, who = house.sign_in()
    started, browser = verify.begin(house.door(), provider, who, SITE)
    back = at_the_provider(started.authorize_url)
    with pytest.raises(IdentityRefused):
        verify.finish(
            house.door(), provider, code=back["code"], state=back["state"], browser=browser,
            base_url=SITE, issuer=issuer,
        )  # fmt: skip
    assert service.me(house.door(), who, str).verified is None


def test_a_flow_dies_after_ten_minutes(house: House, provider: OpenIdProvider) -> None:
    _, who = house.sign_in()
    started, browser = verify.begin(house.door(), provider, who, SITE)
    back = at_the_provider(started.authorize_url)
    house.wait(minutes=10)
    with pytest.raises(IdentityRefused):
        verify.finish(
            house.door(), provider, code=back["code"], state=back["state"], browser=browser,
            base_url=SITE, issuer=back["iss"],
        )  # fmt: skip


def test_the_simulator_refuses_other_ways_back(simulator: str, provider: OpenIdProvider) -> None:
    url = provider.authorize_url(
        redirect_uri="https://evil.test/cb", state="s", nonce="n", challenge="c"
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url)
    refused.value.close()
    assert refused.value.code == 400


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
    "name": "Lan",
}  # fmt: skip


def claims_of(key: Any = KEY, algorithm: str = "RS256", kid: str = "k1", **changes: Any) -> Any:
    told = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
    token = jwt.encode(told, key, algorithm=algorithm, headers={"kid": kid})
    return openid._identity(Canned(ISSUER, "hue-s", "x")._claims({"id_token": token}, "n", NOW))


def test_a_good_id_token_is_read() -> None:
    assert claims_of().number == "046099000011"


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "other"}, {"aud": "another"}, {"iss": "https://evil.test"}, {"nonce": None},
        {"exp": int(NOW.timestamp()) - 1}, {"iat": int(NOW.timestamp()) + 600},
        {"aud": ["hue-s", "another"]}, {"acr": "level1"}, {"acr": None},
        {"personal_id": "123"}, {"personal_id": None}, {"key": OTHER}, {"kid": "unknown"},
        {"key": "a shared secret of thirty-two bytes!", "algorithm": "HS256"},
        {"key": None, "algorithm": "none"},
    ],
    ids="+".join,
)  # fmt: skip
def test_other_id_tokens_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(IdentityRefused):
        claims_of(**wrong)


def test_no_answer_is_said_as_such(house: House) -> None:
    _, who = house.sign_in()
    away = OpenIdProvider(f"http://127.0.0.1:{free_port()}", "hue-s", "x")
    with pytest.raises(IdentityUnavailable):
        verify.begin(house.door(), away, who, SITE)
    with pytest.raises(IdentityUnavailable):
        verify.begin(house.door(), OpenIdProvider("", "hue-s", "x"), who, SITE)
