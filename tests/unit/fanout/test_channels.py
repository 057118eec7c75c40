"""Which channels a city's settings make, and that the sandbox's settings reach its simulators."""

from pathlib import Path
from typing import Any

import pytest
from channels_world import BASE_URL, Other, against, sent
from city.adapters.settings import Settings
from city.fanout.channels import channels
from city.fanout.smpp import SmppChannel
from city.fanout.sms import HttpGateway, SmsRules
from city.fanout.webpush import Vapid
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.place import Place

BADGE = Vapid(ec.generate_private_key(ec.SECP256R1()), BASE_URL)
NEEDED = {
    "STAGE": "test", "AWS_REGION": "r", "BUS_NAME": "b", "TABLE_PREFIX": "t",
    "UPLOADS_BUCKET": "u", "MEDIA_BUCKET": "m", "PUBLIC_BASE_URL": BASE_URL,
    "TOKEN_SECRET": "s" * 32,
}  # fmt: skip


def made(other: Other, **told: str) -> dict[str, Any]:
    return channels(Settings(**{**NEEDED, **told}), other.out, BADGE, SmsRules())


def test_a_city_has_the_channels_that_it_names() -> None:
    async def test(other: Other) -> None:
        assert set(made(other)) == {"webpush"}
        gateway = made(other, SMS_URL="https://sms.example/send", SMS_KEY="k")["sms"]
        assert isinstance(gateway, HttpGateway)
        bound = made(other, SMS_URL="smpps://a%20b@smsc.example", SMS_KEY="k")["sms"]
        assert isinstance(bound, SmppChannel)
        assert (bound.smsc.system_id, bound.smsc.port, bound.smsc.tls) == ("a b", 3550, True)

    against("smsc", test)


@pytest.mark.parametrize(
    ("simulator", "channel", "to"),
    [("smsc", "sms", "+84900000001"), ("mail", "email", "lan@example.org"), ("fcm", "fcm", "t:1")],
)
def test_the_sandbox_reaches_its_simulators(
    simulator: str, channel: str, to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, 8080)
    monkeypatch.setenv("FCM_ACCOUNT", place.channels()["FCM_ACCOUNT"])

    async def test(other: Other) -> None:
        monkeypatch.setattr(Place, "simulator", lambda _, name: other.address)
        ways = made(other, **place.channels())
        assert set(ways) == {"webpush", "fcm", "sms", "email"}
        assert (await sent(ways[channel], to)).verdict == "accepted"
        assert [one["to"] for one in await other.got()] == [to]
        await ways["email"].close()
        await ways["sms"].link.close()

    against(simulator, test)
