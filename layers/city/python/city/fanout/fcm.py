"""Firebase Cloud Messaging, HTTP v1: a service account's assertion for an hour's token (RFC 7523),
then one POST a device.

An answer's meaning follows Google's table of error codes ("FCM error codes for the HTTP v1 API").
Run against the simulator only, never against Google.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import jwt

from city.fanout.answers import ENDED, LOST, REFUSED, verdict
from city.fanout.model import Address, Delivery, Receipt
from city.fanout.outgoing import Outgoing
from city.fanout.sending import Post, time_to_live, words
from city.kernel.text import Language

BASE = "https://fcm.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
QUOTA_WAIT_S = 60.0  # what Google asks for when it says no Retry-After
ENDED_CODES = {"UNREGISTERED", "SENDER_ID_MISMATCH"}


class Fcm:
    """One Firebase project. `account` is its service account's key file."""

    def __init__(
        self,
        out: Outgoing,
        account: Mapping[str, str],
        base: str = BASE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._out, self._account, self._clock = out, account, clock
        self._url = f"{base}/v1/projects/{account['project_id']}/messages:send"
        self._token: tuple[float, str] = (0.0, "")
        self._asking = asyncio.Lock()

    def ready(self, delivery: Delivery) -> Post:
        """See `Channel`."""
        made: dict[Language, dict[str, Any]] = {}
        ttl_s = time_to_live(delivery, self._out)

        async def post(address: Address, language: Language) -> Receipt:
            if language not in made:
                made[language] = message(delivery, language, ttl_s, self._clock())
            told = {"message": {"token": address.endpoint, **made[language]}}
            return await self._send(json.dumps(told, ensure_ascii=False).encode())

        return post

    async def _send(self, body: bytes, *, again: bool = True) -> Receipt:
        try:
            token = await self._bearer()
        except (aiohttp.ClientError, TimeoutError):
            return LOST
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        stale = False

        async def judge(answer: aiohttp.ClientResponse) -> Receipt:
            nonlocal stale
            code = await _error_code(answer)
            stale = answer.status == HTTPStatus.UNAUTHORIZED and code != "THIRD_PARTY_AUTH_ERROR"
            if code in ENDED_CODES:
                return ENDED
            if answer.status == HTTPStatus.NOT_FOUND:
                return REFUSED  # a wrong project is nobody's telephone
            told = verdict(answer.status, answer.headers.get("Retry-After", ""), self._out.now())
            if answer.status == HTTPStatus.TOO_MANY_REQUESTS and not told.retry_after_s:
                return Receipt(verdict="later", retry_after_s=QUOTA_WAIT_S)
            return told

        receipt = await self._out.post(self._url, headers, body, judge)
        if stale and again:  # revoked before its time
            if self._token[1] == token:
                self._token = (0.0, "")
            return await self._send(body, again=False)
        return LOST if stale else receipt

    async def _bearer(self) -> str:
        async with self._asking:  # one question, however many messages wait for the answer
            if self._clock() >= self._token[0]:
                self._token = await self._ask()
            return self._token[1]

    async def _ask(self) -> tuple[float, str]:
        now, account = self._clock(), self._account
        claims = {
            "iss": account["client_email"],
            "scope": SCOPE,
            "aud": account["token_uri"],
            "iat": int(now),
            "exp": int(now) + 3600,
        }
        key_id = account.get("private_key_id")
        headers = {"kid": key_id} if key_id else None
        assertion = jwt.encode(claims, account["private_key"], "RS256", headers)
        form = {"grant_type": GRANT, "assertion": assertion}
        async with self._out.session.post(account["token_uri"], data=form) as answer:
            answer.raise_for_status()
            told: dict[str, Any] = await answer.json()
        return now + int(told["expires_in"]) - 60, str(told["access_token"])


def message(delivery: Delivery, language: Language, ttl_s: int, now: float) -> dict[str, Any]:
    """A message without its token: shown by the phone itself, also while the app is closed.

    `tag` and `apns-collapse-id` replace an older card of the same thread; `data` is for the app.
    """
    notice, urgent = delivery.notice, delivery.lane == "p0"
    told = words(delivery, language)
    tag = notice.tag[:64]
    data = {name: str(value) for name, value in told.items() if name not in ("title", "body")}
    return {
        "notification": {"title": told["title"], "body": told["body"]},
        "data": data,
        "android": {
            "collapse_key": tag,
            "priority": "HIGH" if urgent else "NORMAL",
            "ttl": f"{ttl_s}s",
            "notification": {"tag": tag, "channel_id": f"warnings-{delivery.lane}"},
        },
        "apns": {
            "headers": {
                "apns-priority": "10" if urgent else "5",
                "apns-collapse-id": tag,
                "apns-expiration": str(int(now) + ttl_s),
            }
        },
    }


async def _error_code(answer: aiohttp.ClientResponse) -> str:
    """The code of an `FcmError` among an error's details, else the error's own status."""
    try:
        error = (await answer.json(content_type=None))["error"]
        details = error.get("details", [])
        return str(next((d["errorCode"] for d in details if "errorCode" in d), error["status"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
