"""The national identity provider: what must be refused, against the simulator's own code."""

import asyncio
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from authenticator import SITE, Authenticator
from city.identity import passkeys, service, verify
from city.identity.openid import IdentityRefused, IdentityUnavailable, OpenIdProvider
from city.identity.verify import IdentityTaken
from city.kernel.people import Principal
from city.kernel.problems import AssuranceNeeded
from identity_world import House

from infra.local.place import SANDBOX_CLIENT_SECRET, free_port
from infra.simulators import vneid
from infra.simulators.__main__ import arguments


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
    return House(now=datetime.now(UTC))  # the simulator lives in real time


class Stay(urllib.request.HTTPRedirectHandler):
    """Where a redirect leads, without going there."""

    def redirect_request(self, *_: Any) -> None:
        return None


def at_the_provider(url: str, **choice: str) -> dict[str, str]:
    """The person chooses; what comes back in the address."""
    parts = urllib.parse.urlsplit(url)
    told = dict(urllib.parse.parse_qsl(parts.query))
    form = {"answer": "yes", "who": "046099000011", **told, **choice}
    request = urllib.request.Request(
        f"{parts.scheme}://{parts.netloc}/authorize", urllib.parse.urlencode(form).encode()
    )
    try:
        urllib.request.build_opener(Stay).open(request).close()
    except urllib.error.HTTPError as answer:
        answer.close()
        if answer.code != 303:
            raise
        back = urllib.parse.urlsplit(answer.headers["Location"])
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
        "code": back["code"], "browser": browser, "base_url": SITE, "issuer": back["iss"]
    }  # fmt: skip
    with pytest.raises(IdentityRefused):
        verify.finish(house.door(), provider, state="made up", **given)
    verify.finish(house.door(), provider, state=back["state"], **given)
    with pytest.raises(IdentityRefused):
        verify.finish(house.door(), provider, state=back["state"], **given)
    again, browser = verify.begin(house.door(), provider, who, SITE)
    state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(again.authorize_url).query))["state"]
    with pytest.raises(IdentityRefused):  # the code was used; and PKCE would not fit
        verify.finish(house.door(), provider, state=state, **{**given, "browser": browser})


def test_a_stolen_code_is_worthless_without_its_verifier(
    house: House, provider: OpenIdProvider
) -> None:
    _, victim = house.sign_in("0901111111")
    _, thief = house.sign_in("0902222222")
    started, _ = verify.begin(house.door(), provider, victim, SITE)
    stolen = at_the_provider(started.authorize_url)
    mine, browser = verify.begin(house.door(), provider, thief, SITE)
    state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(mine.authorize_url).query))["state"]
    with pytest.raises(IdentityRefused):
        verify.finish(
            house.door(), provider, state=state, code=stolen["code"], browser=browser,
            base_url=SITE, issuer=stolen["iss"],
        )  # fmt: skip


@pytest.mark.parametrize("issuer", ["", "https://evil.test"])
def test_an_answer_names_its_issuer(house: House, provider: OpenIdProvider, issuer: str) -> None:
    """RFC 9207: the provider says that it names itself, so an answer that does not is mixed up."""
    _, who = house.sign_in()
    started, browser = verify.begin(house.door(), provider, who, SITE)
    back = at_the_provider(started.authorize_url)
    with pytest.raises(IdentityRefused):
        verify.finish(
            house.door(), provider, code=back["code"], state=back["state"], browser=browser,
            base_url=SITE, issuer=issuer,
        )  # fmt: skip
    assert service.me(house.door(), who, str).verified is None


def test_a_refusal_ends_the_flow(house: House, provider: OpenIdProvider) -> None:
    _, who = house.sign_in()
    started, browser = verify.begin(house.door(), provider, who, SITE)
    back = at_the_provider(started.authorize_url, answer="no")
    for error in (back["error"], ""):
        with pytest.raises(IdentityRefused):
            verify.finish(
                house.door(), provider, code="", state=back["state"], browser=browser,
                base_url=SITE, issuer=back["iss"], error=error,
            )  # fmt: skip


def test_a_first_identity_is_bound_by_the_holder_of_the_passkey(
    house: House, provider: OpenIdProvider
) -> None:
    _, who = house.sign_in()
    started, browser = verify.begin(house.door(), provider, who, SITE)
    device = Authenticator()
    house.add_passkey(who, device)
    with pytest.raises(AssuranceNeeded):
        verify.begin(house.door(), provider, who, SITE)
    back = at_the_provider(started.authorize_url)
    with pytest.raises(AssuranceNeeded):  # nor by a flow from before there was a passkey
        verify.finish(
            house.door(), provider, code=back["code"], state=back["state"], browser=browser,
            base_url=SITE, issuer=back["iss"],
        )  # fmt: skip
    raised = house.step_up(who, device)
    verified(house, provider, raised, who="046099000011")
    verified(house, provider, who, who="046099000011")  # again, without the passkey: it is lost
    passkeys.remove(house.door(), who, passkeys.listed(house.door(), who).items[0].id)


def test_verifying_again_replaces_a_lost_passkey_for_ten_minutes(
    house: House, provider: OpenIdProvider
) -> None:
    _, who = house.sign_in()
    verified(house, provider, who, who="046099000011")
    house.wait(minutes=10)
    house.add_passkey(who, Authenticator())
    with pytest.raises(AssuranceNeeded):
        house.add_passkey(who, Authenticator())


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
    assert asked(url) == 400
    url = provider.authorize_url(redirect_uri=SITE, state="s", nonce="n", challenge="c")
    assert asked(url) == 200
    for needed in ("state", "nonce", "code_challenge", "scope", "response_type", "client_id"):
        assert asked(re.sub(rf"\b{needed}=[^&]*", "", url)) == 400, needed


def asked(url: str) -> int:
    """With what status the simulator answers."""
    try:
        with urllib.request.urlopen(url) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


def test_simulators_are_told_where_to_stand() -> None:
    told = arguments(["--ports", "vneid=9101"])
    assert told.ports == arguments(["--port", "9101"]).ports == {"vneid": "http://localhost:9101"}
    for wrong in ("vneid", "vneid=0", "vneid=99999", "__main__=9101", "nobody=9101", "..=9101"):
        with pytest.raises(SystemExit):
            arguments(["--ports", wrong])


def test_no_answer_is_said_as_such(house: House) -> None:
    _, who = house.sign_in()
    away = OpenIdProvider(f"http://127.0.0.1:{free_port()}", "hue-s", "x")
    with pytest.raises(IdentityUnavailable):
        verify.begin(house.door(), away, who, SITE)
    with pytest.raises(IdentityUnavailable):
        verify.begin(house.door(), OpenIdProvider("", "hue-s", "x"), who, SITE)
