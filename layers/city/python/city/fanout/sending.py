"""Sending one message to many devices at once, each by its own channel.

One asyncio loop per slice, a bounded number of messages under way, connections kept for the life
of the process. Encryption is the larger part of the work (about 100 of 300 µs a message), so it
runs inline: threads would only share the same core.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from city.fanout.answers import ENDED, REFUSED
from city.fanout.model import Address, Delivery, Receipt
from city.fanout.outgoing import AT_ONCE, Outgoing
from city.fanout.webpush import BadSubscription, Vapid, b64, encrypt, unb64
from city.kernel.text import Language

MAX_TTL_S = 24 * 3600
URGENCY = {"p0": "high", "p1": "normal", "p2": "low"}  # RFC 8030 section 5.3

Post = Callable[[Address, Language], Awaitable[Receipt]]
"""Sends the message at hand to one device."""


class Channel(Protocol):
    """A way to a device: a push service, a telecom, a mail server."""

    def ready(self, delivery: Delivery) -> Post:
        """Do once what is the same for everybody; the rest is done by what is returned. That
        raises nothing: whatever goes wrong is a receipt."""


def words(delivery: Delivery, language: Language) -> dict[str, object]:
    """What a phone gets: small, in one language."""
    notice = delivery.notice
    return {
        "id": notice.delivery_id,
        "rev": notice.revision,
        "tag": notice.tag,
        "kind": notice.kind,
        "level": notice.level,
        "title": notice.title.within(language),
        "body": notice.body.within(language),
        "link": notice.link,
        "until": notice.expires.isoformat(),
        **({"cancel": True} if notice.cancels else {}),
        **({"exercise": True} if notice.exercise else {}),
    }


def time_to_live(delivery: Delivery, out: Outgoing) -> int:
    """Seconds for which a message is worth keeping for a device that is off."""
    left = (delivery.notice.expires - out.now()).total_seconds()
    return int(max(0, min(left, MAX_TTL_S)))


@dataclass(slots=True)
class WebPush:
    """Web push (RFC 8030): encrypted for the browser, under the city's name badge."""

    out: Outgoing
    vapid: Vapid

    def ready(self, delivery: Delivery) -> Post:
        """See `Channel`."""
        bodies: dict[Language, bytes] = {}
        badges: dict[str, dict[str, str]] = {}
        headers = {
            "Content-Encoding": "aes128gcm",
            "TTL": str(time_to_live(delivery, self.out)),
            "Urgency": URGENCY[delivery.lane],
            # At most 32 base64url characters (RFC 8030 section 5.4): newer replaces waiting.
            "Topic": b64(delivery.notice.tag.encode())[-32:],
        }

        async def post(address: Address, language: Language) -> Receipt:
            body = bodies.get(language)
            if body is None:
                told = words(delivery, language)
                body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
                bodies[language] = body
            origin = address.endpoint.split("/", 3)[2]
            known = badges.get(origin)
            if known is None:
                badge = self.vapid.header(address.endpoint, self.out.now())
                known = badges[origin] = {**headers, "Authorization": badge}
            try:
                sealed = encrypt(body, unb64(address.p256dh), unb64(address.auth))
            except (BadSubscription, ValueError):
                return ENDED  # no browser has such keys: nobody will ever read it
            return await self.out.post(address.endpoint, known, sealed)

        return post


@dataclass(slots=True)
class Postman:
    """Sends messages, for the life of a process. A device whose channel the city does not have
    refuses everything."""

    channels: Mapping[str, Channel]
    at_once: int = AT_ONCE

    async def send(
        self, delivery: Delivery, targets: Sequence[tuple[Address, Language]]
    ) -> Mapping[str, Receipt]:
        """One receipt for each address."""
        posts = {name: channel.ready(delivery) for name, channel in self.channels.items()}
        receipts: dict[str, Receipt] = {}
        waiting = iter(targets)

        async def run() -> None:
            for address, language in waiting:
                post = posts.get(address.channel)
                receipts[address.id] = await post(address, language) if post else REFUSED

        await asyncio.gather(*(run() for _ in range(min(self.at_once, len(targets)))))
        return receipts
