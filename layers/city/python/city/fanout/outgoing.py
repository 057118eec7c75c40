"""POST to another server at the pace it bears, and what its answer means."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from city.fanout.answers import ACCEPTED, LOST, verdict
from city.fanout.model import Receipt
from city.fanout.pace import PATIENCE_S, Bucket, Pace

AT_ONCE = 64
TIMEOUT_S = 10

Judge = Callable[[aiohttp.ClientResponse], Awaitable[Receipt]]
"""Reads a refusal whose status alone does not say what it means."""


def session() -> aiohttp.ClientSession:
    """A connection pool for one event loop."""
    connector = aiohttp.TCPConnector(limit=AT_ONCE * 2, ttl_dns_cache=300)
    return aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)
    )


@dataclass(slots=True)
class Outgoing:
    """The process's connections and the pace of every server."""

    session: aiohttp.ClientSession
    now: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)

    async def post(
        self, url: str, headers: Mapping[str, str], data: Any, judge: Judge | None = None
    ) -> Receipt:
        """POST once. A server that is to be left alone is not asked, and no redirect followed."""
        bucket = self.pace.of(url.split("/", 3)[2])
        wait = bucket.take(self.pace.clock())
        if wait:
            if wait > PATIENCE_S:
                return Receipt(verdict="later", retry_after_s=wait)
            await asyncio.sleep(wait)
        try:
            async with self.session.post(
                url, data=data, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status < HTTPStatus.MULTIPLE_CHOICES:  # most answers: no more thought
                    bucket.accepted()
                    return ACCEPTED
                told = verdict(answer.status, answer.headers.get("Retry-After", ""), self.now())
                receipt = await judge(answer) if judge else told
                self._heed(bucket, answer.status, receipt)
                return receipt
        except (aiohttp.ClientError, TimeoutError):
            bucket.pushed_back(self.pace.clock(), 0, closes=False)
            return LOST

    def _heed(self, bucket: Bucket, status: int, receipt: Receipt) -> None:
        if receipt.verdict == "later":
            after = receipt.retry_after_s
            whole = status == HTTPStatus.SERVICE_UNAVAILABLE and after > 0
            bucket.pushed_back(self.pace.clock(), after, closes=whole)
