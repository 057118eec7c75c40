"""Sending to many devices at once: web push, FCM; the rest goes by queue.

One asyncio loop per slice, a bounded number of requests under way, one connection pool for the
life of the process. Encryption is the larger part of the work (about 100 of 300 µs a message on
the machine of docs/alerts.md), so it runs inline: threads would only share the same core.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol

import aiohttp

from city.fanout.model import Address, Delivery, Notice, Receipt
from city.fanout.webpush import BadSubscription, Vapid, b64, encrypt, unb64
from city.kernel.text import Language

AT_ONCE = 64
TIMEOUT_S = 10
MAX_TTL_S = 24 * 3600
LATER = {
    HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT,
}  # fmt: skip
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
URGENCY = {"p0": "high", "p1": "normal", "p2": "low"}  # RFC 8030 section 5.3


def payload(delivery: Delivery, language: str) -> bytes:
    """What a phone's service worker gets: small, in one language."""
    notice = delivery.notice
    words = {
        "id": notice.delivery_id,
        "rev": notice.revision,
        "tag": notice.tag,
        "kind": notice.kind,
        "level": notice.level,
        "title": notice.title.model_dump()[language],
        "body": notice.body.model_dump()[language],
        "link": notice.link,
        "until": notice.expires.isoformat(),
        **({"cancel": True} if notice.cancels else {}),
        **({"exercise": True} if notice.exercise else {}),
    }
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


class Texts(Protocol):
    """A channel that takes words: a telecom, a mail server."""

    async def send(self, to: str, notice: Notice, language: Language) -> Receipt:
        """Hand one message over."""


@dataclass(slots=True)
class Postman:
    """Sends messages, for the life of a process. A channel that is None is one the city has not."""

    session: aiohttp.ClientSession
    vapid: Vapid
    now: Callable[[], datetime]
    fcm: "Fcm | None" = None
    sms: "Texts | None" = None
    email: "Texts | None" = None
    at_once: int = AT_ONCE
    _closed: dict[str, datetime] = field(default_factory=dict)

    async def send(
        self, delivery: Delivery, targets: Sequence[tuple[Address, Language]]
    ) -> Mapping[str, Receipt]:
        """One receipt for each address."""
        gate = asyncio.Semaphore(self.at_once)
        words = {language: payload(delivery, language) for _, language in targets}
        headers = self._headers(delivery)

        async def one(address: Address, language: Language) -> Receipt:
            async with gate:
                if address.channel == "webpush":
                    return await self._webpush(address, words[language], headers)
                if address.channel == "fcm" and self.fcm:
                    return await self.fcm.send(address.endpoint, delivery, words[language])
                texts = {"sms": self.sms, "email": self.email}.get(address.channel)
                if texts is None:
                    return Receipt(verdict="refused")  # the city has no such channel
                return await texts.send(address.endpoint, delivery.notice, language)

        receipts = await asyncio.gather(*(one(*target) for target in targets))
        return {address.id: r for (address, _), r in zip(targets, receipts, strict=True)}

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        left = (delivery.notice.expires - self.now()).total_seconds()
        return {
            "Content-Encoding": "aes128gcm",
            "TTL": str(int(max(0, min(left, MAX_TTL_S)))),
            "Urgency": URGENCY[delivery.lane],
            # At most 32 base64url characters (RFC 8030 section 5.4): newer replaces waiting.
            "Topic": b64(delivery.notice.tag.encode())[-32:],
        }

    async def _webpush(self, address: Address, words: bytes, headers: dict[str, str]) -> Receipt:
        try:
            body = encrypt(words, unb64(address.p256dh), unb64(address.auth))
        except (BadSubscription, ValueError):
            return Receipt(verdict="gone")  # no browser has such keys: nobody will ever read it
        now = self.now()
        origin = address.endpoint.split("/", 3)[2]
        closed = self._closed.get(origin)
        if closed and now < closed:  # it asked for quiet: everybody there waits, the rest goes on
            return Receipt(verdict="later", retry_after_s=(closed - now).total_seconds())
        told = {**headers, "Authorization": self.vapid.header(address.endpoint, now)}
        receipt = await posted(self.session, address.endpoint, body, told)
        if receipt.retry_after_s:
            self._closed[origin] = now + timedelta(seconds=receipt.retry_after_s)
        return receipt


async def posted(
    session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]
) -> Receipt:
    """POST, and what the answer means. No answer counts as `later`: the same `Topic` makes a
    second copy replace the first."""
    try:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            return verdict(answer.status, answer.headers.get("Retry-After", ""))
    except (aiohttp.ClientError, TimeoutError):
        return Receipt(verdict="later")


def verdict(status: int, retry_after: str) -> Receipt:
    """A status as RFC 8030 section 5 and 7.3 mean it."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _ACCEPTED
    if status in GONE:
        return Receipt(verdict="gone")
    if status in LATER:
        seconds = float(retry_after) if retry_after.isdigit() else 0.0
        return Receipt(verdict="later", retry_after_s=min(seconds, 600.0))
    return Receipt(verdict="refused")


_ACCEPTED = Receipt(verdict="accepted")


class Fcm:
    """Firebase Cloud Messaging, HTTP v1: a service account's assertion for an hour's token
    (RFC 7523), then one POST a device. Not run against Google; the simulator speaks the same."""

    SCOPE = "https://www.googleapis.com/auth/firebase.messaging"

    def __init__(
        self,
        session: aiohttp.ClientSession,
        account: Mapping[str, str],
        base: str = "https://fcm.googleapis.com",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._session, self._account, self._base, self._clock = session, account, base, clock
        self._token: tuple[float, str] = (0.0, "")

    async def send(self, token: str, delivery: Delivery, words: bytes) -> Receipt:
        """Send a data message to one device."""
        message = {
            "message": {
                "token": token,
                "data": {"json": words.decode()},
                "android": {
                    "collapse_key": delivery.notice.tag[:64],
                    "priority": "HIGH" if delivery.lane == "p0" else "NORMAL",
                },
            }
        }
        url = f"{self._base}/v1/projects/{self._account['project_id']}/messages:send"
        try:
            headers = {"Authorization": f"Bearer {await self._bearer()}"}
            async with self._session.post(url, json=message, headers=headers) as answer:
                if answer.status == HTTPStatus.NOT_FOUND or await _unregistered(answer):
                    return Receipt(verdict="gone")
                return verdict(answer.status, answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError):
            return Receipt(verdict="later")

    async def _bearer(self) -> str:
        import jwt

        now = self._clock()
        if now < self._token[0]:
            return self._token[1]
        account = self._account
        claims = {
            "iss": account["client_email"],
            "scope": self.SCOPE,
            "aud": account["token_uri"],
            "iat": int(now),
            "exp": int(now) + 3600,
        }
        assertion = jwt.encode(claims, account["private_key"], algorithm="RS256")
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        async with self._session.post(account["token_uri"], data=form) as answer:
            answer.raise_for_status()
            told: dict[str, Any] = await answer.json()
        self._token = (now + int(told["expires_in"]) - 60, str(told["access_token"]))
        return self._token[1]


async def _unregistered(answer: aiohttp.ClientResponse) -> bool:
    if answer.status != HTTPStatus.BAD_REQUEST:
        return False
    return "UNREGISTERED" in await answer.text()


def session() -> aiohttp.ClientSession:
    """A connection pool for one event loop."""
    connector = aiohttp.TCPConnector(limit=AT_ONCE * 2, ttl_dns_cache=300)
    return aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)
    )
