"""Short messages: what they say, and a telecom's HTTP gateway.

The shape most gateways share: `POST {url}` with a bearer key and JSON `{to, text, client_ref}`;
2xx is accepted, 409 says that `client_ref` came before, 429 and 5xx may be tried again. Run against
the simulator only. SMPP is in `smpp.py`.
"""

import hashlib
import json
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from pydantic import BaseModel, Field

from city.fanout.answers import ACCEPTED, verdict
from city.fanout.gsm import Alphabet, fits_gsm7, plain, split
from city.fanout.model import Address, Delivery, Notice, Receipt
from city.fanout.outgoing import Outgoing
from city.fanout.sending import Post
from city.kernel.text import Language


class SmsRules(BaseModel, frozen=True):
    """How a city writes short messages; data, as its telecom and its people want it."""

    alphabet: Alphabet = "gsm7"
    segments: int = Field(2, ge=1, le=8)
    sender: str = Field("HUE-S", max_length=11)


def compose(notice: Notice, language: Language, rules: SmsRules, base_url: str) -> str:
    """Title, text and link in as many segments as the rules allow. The link is never cut off."""
    link = f" {base_url}{notice.link}"
    words = " ".join(f"{notice.title.within(language)}. {notice.body.within(language)}".split())
    words = words.replace("!.", "!").replace("..", ".")

    def text(length: int) -> str:
        cut = words if length >= len(words) else words[:length].rstrip(" .,;") + "…"
        return plain(cut + link) if rules.alphabet == "gsm7" else cut + link

    low, high = 0, len(words)
    while low < high:  # the longest that fits: letters take one or two octets
        middle = (low + high + 1) // 2
        if len(split(text(middle), alphabet(text(middle)))) <= rules.segments:
            low = middle
        else:
            high = middle - 1
    return text(low)


def alphabet(text: str) -> Alphabet:
    """The cheaper alphabet that has every letter."""
    return "gsm7" if fits_gsm7(text) else "ucs2"


def reference(delivery: Delivery, to: str) -> str:
    """One name for one message to one number, so that a telecom recognises a second copy."""
    return hashlib.sha256(f"{delivery.key}|{to}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """A gateway at an address, with a key."""

    out: Outgoing
    url: str
    key: str
    rules: SmsRules
    base_url: str

    def ready(self, delivery: Delivery) -> Post:
        """See `Channel`."""
        texts: dict[Language, str] = {}
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}

        async def judge(answer: aiohttp.ClientResponse) -> Receipt:
            if answer.status == HTTPStatus.CONFLICT:
                return ACCEPTED
            told = verdict(answer.status, answer.headers.get("Retry-After", ""), self.out.now())
            # A wrong path says nothing about a number: only 410 means that it is no longer one.
            wrong = answer.status == HTTPStatus.NOT_FOUND
            return Receipt(verdict="refused") if wrong else told

        async def post(address: Address, language: Language) -> Receipt:
            if language not in texts:
                texts[language] = compose(delivery.notice, language, self.rules, self.base_url)
            told = {
                "to": address.endpoint,
                "text": texts[language],
                "client_ref": reference(delivery, address.endpoint),
            }
            return await self.out.post(self.url, headers, json.dumps(told).encode(), judge)

        return post
