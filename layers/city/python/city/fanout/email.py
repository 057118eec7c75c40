"""E-mail by SMTP (RFC 5321), through a mail server of the city's or its provider's.

In both languages, the reader's first. It says that a machine wrote it (RFC 3834), until when it
matters, where to change one's mind (RFC 2369), and which thread it belongs to, so that an update
stands below its warning. Run against the simulator only.
"""

import asyncio
import hashlib
import html
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from city.fanout.answers import ACCEPTED, ENDED, LOST, REFUSED
from city.fanout.model import Address, Delivery, Notice, Receipt
from city.fanout.outgoing import TIMEOUT_S, Outgoing
from city.fanout.pace import PATIENCE_S
from city.fanout.sending import Post
from city.kernel.text import Language

CONNECTIONS: Final = 4
NO_SUCH_MAILBOX: Final = 550
SETTINGS: Final = "/me/places"
WHY: Final = {
    "vi": "Bạn nhận thư này vì đã đăng ký cảnh báo của thành phố. Đổi hoặc tắt",
    "en": "You receive this because you asked for the city's warnings. Change or stop it",
}


@dataclass(frozen=True, slots=True)
class MailServer:
    """`smtp://user:password@host:port` (STARTTLS where it is offered, demanded with a password)
    or `smtps://…` (TLS at once), and the address that the city writes from."""

    url: str
    sender: str


def letter(
    delivery: Delivery, language: Language, to: str, server: MailServer, base_url: str
) -> EmailMessage:
    """One e-mail. Sent again it has the same `Message-ID`."""
    notice = delivery.notice
    other: Language = "en" if language == "vi" else "vi"
    domain = parseaddr(server.sender)[1].rpartition("@")[2]
    own = hashlib.sha256(f"{delivery.key}|{to}".encode()).hexdigest()[:32]
    thread = hashlib.sha256(f"{notice.tag}|{to}".encode()).hexdigest()[:32]
    made = EmailMessage()
    made["From"], made["To"] = server.sender, to
    made["Subject"] = " ".join(notice.title.within(language).split())
    made["Date"] = format_datetime(delivery.released_at)
    made["Expires"] = format_datetime(notice.expires)  # RFC 4021 section 2.1.50
    made["Message-ID"] = f"<{own}@{domain}>"
    made["References"] = f"<{thread}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5
    made["List-Unsubscribe"] = f"<{base_url}{SETTINGS}>"  # RFC 2369 section 3.2
    made["Content-Language"] = f"{language}, {other}"
    if delivery.lane == "p0":
        made["Importance"] = "high"  # RFC 4021 section 2.1.54
    made.set_content(
        "\n\n---\n\n".join(_plain(notice, lang, base_url) for lang in (language, other))
    )
    parts = "<hr>".join(_html(notice, lang, base_url) for lang in (language, other))
    made.add_alternative(f'<!doctype html><html lang="{language}"><body>{parts}</body></html>',
                         subtype="html")  # fmt: skip
    return made


def _plain(notice: Notice, language: Language, base_url: str) -> str:
    return (
        f"{notice.title.within(language)}\n\n{notice.body.within(language)}\n\n"
        f"{base_url}{notice.link}\n\n{WHY[language]}: {base_url}{SETTINGS}"
    )


def _html(notice: Notice, language: Language, base_url: str) -> str:
    title, body = (html.escape(t.within(language)) for t in (notice.title, notice.body))
    link, settings = (html.escape(base_url + path) for path in (notice.link, SETTINGS))
    return (
        f'<section lang="{language}"><h1>{title}</h1><p>{body}</p>'
        f'<p><a href="{link}">{link}</a></p>'
        f'<p><small>{WHY[language]}: <a href="{settings}">{settings}</a></small></p></section>'
    )


@dataclass(slots=True)
class EmailChannel:
    """E-mail through one server, over a few kept connections."""

    out: Outgoing
    server: MailServer
    base_url: str
    _free: list[aiosmtplib.SMTP] = field(default_factory=list)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS))

    def ready(self, delivery: Delivery) -> Post:
        """See `Channel`."""

        async def post(address: Address, language: Language) -> Receipt:
            to = address.endpoint
            try:
                made = letter(delivery, language, to, self.server, self.base_url)
            except ValueError:
                return REFUSED  # an address that no header can hold
            return await self._send(made, to)

        return post

    async def close(self) -> None:
        """Say goodbye."""
        while self._free:
            await self._free.pop().quit()

    async def _send(self, made: EmailMessage, to: str) -> Receipt:
        host = urlsplit(self.server.url).hostname or ""
        bucket, clock = self.out.pace.of(f"smtp:{host}"), self.out.pace.clock
        wait = bucket.take(clock())
        if wait > PATIENCE_S:
            return Receipt(verdict="later", retry_after_s=wait)
        await asyncio.sleep(wait)
        async with self._gate:
            receipt = await self._try(made, to)
        if receipt.verdict == "later":
            bucket.pushed_back(clock(), 0, closes=False)
        else:
            bucket.accepted()
        return receipt

    async def _try(self, made: EmailMessage, to: str) -> Receipt:
        kept = bool(self._free)
        try:
            client = self._free.pop() if kept else await self._connect()
            await client.send_message(made, recipients=[to])
        except aiosmtplib.SMTPRecipientsRefused as refused:
            self._free.append(client)
            return judged(refused.recipients[0].code)
        except aiosmtplib.SMTPResponseException as refused:
            return judged(refused.code, recipient=False)
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            # A kept connection may have been closed meanwhile: that is nobody's fault.
            return await self._try(made, to) if kept else LOST
        self._free.append(client)
        return ACCEPTED

    async def _connect(self) -> aiosmtplib.SMTP:
        parts = urlsplit(self.server.url)
        tls = parts.scheme == "smtps"
        client = aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port or (465 if tls else 587),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=tls,
            start_tls=True if parts.password and not tls else None,
            timeout=TIMEOUT_S,
        )
        await client.connect()
        return client


def judged(code: int, *, recipient: bool = True) -> Receipt:
    """A reply code as RFC 5321 section 4.2.1 means it: 4yz another time, 5yz never."""
    if 400 <= code < 500:
        return LOST
    return ENDED if recipient and code == NO_SUCH_MAILBOX else REFUSED
