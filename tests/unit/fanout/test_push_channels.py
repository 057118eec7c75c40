"""Web push and FCM against the simulators, which check what the real services check."""

import asyncio
import json
import os
from typing import Any

import pytest
from channels_world import Other, against, delivery, hurried, sent, sent_to_all, simulated, words_of
from city.fanout.fcm import Fcm
from city.fanout.model import Address
from city.fanout.outgoing import Outgoing
from city.fanout.sending import Postman, WebPush
from city.fanout.webpush import Vapid, b64, decrypt, unb64
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra.simulators.fcm import new_key, service_account

CURVE = ec.SECP256R1()
BADGE = ec.generate_private_key(CURVE)
BROWSER, SECRET = ec.generate_private_key(CURVE), os.urandom(16)
POINT = BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
KEYS = {"p256dh": b64(POINT), "auth": b64(SECRET)}


def push(other: Other, out: Outgoing | None = None) -> WebPush:
    return WebPush(out or other.out, Vapid(BADGE, "mailto:city@example.org"))


def test_a_browser_reads_what_was_sent_and_newer_replaces_waiting() -> None:
    async def test(other: Other) -> None:
        channel, to = push(other), f"{other.address}/push/lan"
        for revision in (1, 2):
            told = delivery(revision=revision)
            assert (await sent(channel, to, told, keys=KEYS)).verdict == "accepted"
        (kept,) = await other.got("/_messages/lan")
        words = json.loads(decrypt(unb64(kept["body"]), BROWSER, SECRET))
        assert (words["rev"], words["title"]) == (2, "Lũ khẩn cấp trên sông Hương")
        assert (kept["ttl"], kept["urgency"]) == (12 * 3600, "high")

    against("push", test)


@pytest.mark.parametrize(
    ("fault", "meant"),
    [({"status": 404}, "gone"), ({"status": 410}, "gone"), ({"status": 413}, "refused"),
     ({"status": 500}, "later"), ({"status": 429, "retry_after": 5}, "later"),
     ({"status": 503, "retry_after": 9}, "later")],
    ids=str,
)  # fmt: skip
def test_what_a_push_service_answers(fault: dict[str, int], meant: str) -> None:
    async def test(other: Other) -> None:
        await other.dial("lan", **fault)
        receipt = await sent(push(other), f"{other.address}/push/lan", keys=KEYS)
        assert receipt.verdict == meant
        assert receipt.retry_after_s == fault.get("retry_after", 0)

    against("push", test)


def test_a_server_that_says_503_is_left_alone_until_then_and_others_are_not() -> None:
    async def test(one: Other) -> None:
        at = [0.0]
        out = hurried(one, at)
        async with simulated("push") as two:
            channel = push(one, out)
            await one.dial("*", status=503, retry_after=60)
            assert (await sent(channel, f"{one.address}/push/a", keys=KEYS)).retry_after_s == 60
            at[0] = 20
            waiting = await sent(channel, f"{one.address}/push/b", keys=KEYS)
            assert (waiting.verdict, waiting.retry_after_s) == ("later", 40)
            assert await one.got("/_messages/b") == []
            there = await sent(channel, f"{two.address}/push/c", keys=KEYS)
            assert there.verdict == "accepted"
            at[0] = 61
            assert (await sent(channel, f"{one.address}/push/b", keys=KEYS)).verdict == "accepted"

    against("push", test)


def test_a_server_that_never_answers_does_not_hold_up_a_slice() -> None:
    """Those under way wait for the time-out; the others are not even tried."""

    async def test(other: Other) -> None:
        other.http._timeout = type(other.http.timeout)(total=0.3)
        await other.dial("*", status=0, times=10_000)
        to = [
            Address(id=f"u/{n}", channel="webpush", endpoint=f"{other.address}/push/{n}", **KEYS)
            for n in range(1000)
        ]
        started = asyncio.get_running_loop().time()
        assert set((await sent_to_all(push(other), to)).values()) == {"later"}
        assert asyncio.get_running_loop().time() - started < 5

    against("push", test)


def test_keys_that_no_browser_has_and_a_channel_that_the_city_has_not() -> None:
    async def test(other: Other) -> None:
        to = f"{other.address}/push/x"
        assert (
            await sent(push(other), to, keys={"p256dh": "AAAA", "auth": "AA"})
        ).verdict == "gone"
        postman = Postman({"webpush": push(other)})
        address = Address(id="u/s", channel="sms", endpoint="+84900000001")
        receipts = await postman.send(delivery(), [(address, "vi")])
        assert receipts["u/s"].verdict == "refused"
        assert await postman.send(delivery(), []) == {}

    against("push", test)


def test_many_at_once_each_in_their_language() -> None:
    async def test(other: Other) -> None:
        targets: list[Any] = [
            (
                Address(
                    id=f"u/{n}", channel="webpush", endpoint=f"{other.address}/push/{n}", **KEYS
                ),
                "en" if n % 2 else "vi",
            )
            for n in range(300)
        ]
        receipts = await Postman({"webpush": push(other)}).send(delivery(), targets)
        assert {r.verdict for r in receipts.values()} == {"accepted"}
        assert len(receipts) == 300
        for n, title in ((0, "Lũ khẩn cấp trên sông Hương"), (299, "Flood on the Huong")):
            (kept,) = await other.got(f"/_messages/{n}")
            assert json.loads(decrypt(unb64(kept["body"]), BROWSER, SECRET))["title"] == title

    against("push", test)


PHONE = "token-of-a-telephone:APA91b"


def fcm(other: Other, **account: str) -> Fcm:
    return Fcm(other.out, {**service_account(other.address, KEY), **account}, other.address)


KEY = new_key()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator knows our service account."""
    monkeypatch.setenv("FCM_ACCOUNT", json.dumps({"private_key": KEY}))


@pytest.mark.usefixtures("known")
def test_an_app_gets_a_notification_that_replaces_its_elder() -> None:
    async def test(other: Other) -> None:
        channel = fcm(other)
        assert (await sent(channel, PHONE)).verdict == "accepted"
        (kept,) = await other.got(f"/_messages?to={PHONE}")
        message = kept["message"]
        assert message["notification"]["title"] == "Lũ khẩn cấp trên sông Hương"
        assert message["android"]["notification"]["tag"] == "episode-1"
        assert message["android"]["ttl"] == "43200s"
        assert message["apns"]["headers"]["apns-collapse-id"] == "episode-1"
        assert message["data"]["rev"] == "1"

    against("fcm", test)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("fault", "meant", "after"),
    [({"status": 404}, "gone", 0), ({"status": 403, "code": "SENDER_ID_MISMATCH"}, "gone", 0),
     ({"status": 404, "code": "NOT_FOUND"}, "refused", 0),
     ({"status": 429}, "later", 60), ({"status": 429, "retry_after": 5}, "later", 5),
     ({"status": 503, "retry_after": 7}, "later", 7), ({"status": 500}, "later", 0),
     ({"status": 400, "code": "INVALID_ARGUMENT"}, "refused", 0),
     ({"status": 401, "code": "THIRD_PARTY_AUTH_ERROR"}, "refused", 0)],
    ids=str,
)  # fmt: skip
def test_what_fcm_answers(fault: dict[str, Any], meant: str, after: float) -> None:
    async def test(other: Other) -> None:
        await other.dial(PHONE, **fault)
        receipt = await sent(fcm(other), PHONE)
        assert (receipt.verdict, receipt.retry_after_s) == (meant, after)
        assert "private" not in words_of({"got": await other.got()})

    against("fcm", test)


@pytest.mark.usefixtures("known")
def test_one_token_for_many_and_a_new_one_when_it_was_revoked() -> None:
    async def test(other: Other) -> None:
        channel = fcm(other)
        phones = [Address(id=f"u/{n}", channel="fcm", endpoint=f"{PHONE}{n}") for n in range(50)]
        assert set((await sent_to_all(channel, phones)).values()) == {"accepted"}
        first = channel._token
        await other.dial(PHONE, status=401, code="UNAUTHENTICATED")
        assert (await sent(channel, PHONE)).verdict == "accepted"
        assert channel._token != first

    against("fcm", test)


def test_somebody_elses_key_gets_no_token() -> None:
    async def test(other: Other) -> None:
        assert (await sent(fcm(other), PHONE)).verdict == "later"
        assert await other.got() == []

    against("fcm", test)


@pytest.mark.usefixtures("known")
def test_an_account_of_another_project_refuses_the_message_not_the_telephone() -> None:
    async def test(other: Other) -> None:
        assert (await sent(fcm(other, client_email="x@y.example"), PHONE)).verdict == "later"

    against("fcm", test)
