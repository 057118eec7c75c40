"""Short messages by SMPP 3.4: one bound session, a window of requests under way.

The session is opened with the first message. A function's process sleeps between slices, so a
session that was quiet is asked (`enquire_link`) before it is trusted again, and opened anew if it
does not answer. What the telecom reports later (`deliver_sm` receipts) is answered and counted in
`reports`; it changes nobody's outcome. Run against the simulator, whose other side is checked
with another implementation (`smpplib`); never against a telecom.
"""

import asyncio
import contextlib
import re
import ssl
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from city.fanout.answers import ACCEPTED, ENDED, LOST, REFUSED
from city.fanout.gsm import split
from city.fanout.model import Address, Delivery, Receipt
from city.fanout.outgoing import Outgoing
from city.fanout.pace import PATIENCE_S
from city.fanout.sending import Post, time_to_live
from city.fanout.smpp_pdu import (
    HEADER,
    LARGEST,
    PAYLOAD,
    RECEIPT,
    UCS2,
    UDHI,
    Bind,
    Command,
    Malformed,
    Pdu,
    Short,
    Status,
)
from city.fanout.sms import SmsRules, alphabet, compose, reference
from city.kernel.text import Language

RESPONSE: Final = 0x80000000
LAST_SEQUENCE: Final = 0x7FFFFFFF
BUSY: Final = {Status.THROTTLED, Status.QUEUE_FULL}
LATER: Final = {*BUSY, Status.SYSTEM_ERROR, Status.SUBMIT_FAILED, Status.NOT_BOUND}
STATE: Final = re.compile(rb"\bstat:([A-Z]+)")  # appendix B: "id:… stat:DELIVRD err:…"


class Lost(Exception):
    """The session is over, or never began."""


@dataclass(frozen=True, slots=True)
class Smsc:
    """A telecom's message centre and our account there. `segmentation` is who cuts a long text:
    we, with a header in each part (3GPP TS 23.040), or they, given it whole (`payload`)."""

    host: str
    port: int
    system_id: str
    password: str
    tls: bool = False
    window: int = 10
    timeout_s: float = 10.0
    quiet_s: float = 30.0
    segmentation: Literal["udh", "payload"] = "udh"


@dataclass(slots=True)
class _Session:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    answers: dict[int, asyncio.Future[Pdu]] = field(default_factory=dict)
    listening: asyncio.Task[None] | None = None
    heard_at: float = 0.0
    sequence: int = 0


async def read_pdu(reader: asyncio.StreamReader) -> Pdu:
    """The next unit of a stream.

    Raises:
        Malformed: no unit has such a length.
        asyncio.IncompleteReadError: the stream ended.
    """
    head = await reader.readexactly(HEADER.size)
    size = HEADER.unpack(head)[0]
    if not HEADER.size <= size <= LARGEST:
        raise Malformed("command_length")
    return Pdu.unpack(head + await reader.readexactly(size - HEADER.size))


class SmppLink:
    """One session with a message centre, opened when it is needed."""

    def __init__(self, smsc: Smsc) -> None:
        self._smsc = smsc
        self._session: _Session | None = None
        self._opening = asyncio.Lock()
        self._window = asyncio.Semaphore(smsc.window)
        self.reports: Counter[str] = Counter()

    async def request(self, command: Command, body: bytes = b"") -> Pdu:
        """Send one request and wait for its answer.

        Raises:
            Lost: no session, or no answer in time.
        """
        async with self._window:
            return await self._ask(await self._bound(), command, body)

    async def close(self) -> None:
        """Unbind, as a guest who leaves."""
        session, self._session = self._session, None
        if session:
            with contextlib.suppress(Lost):
                await self._ask(session, Command.UNBIND)
            self._end(session)

    async def _bound(self) -> _Session:
        async with self._opening:
            now = asyncio.get_running_loop().time()
            session = self._session
            if session and now - session.heard_at > self._smsc.quiet_s:
                try:
                    await self._ask(session, Command.ENQUIRE_LINK)
                except Lost:
                    session = None
            return session or await self._open()

    async def _open(self) -> _Session:
        told = self._smsc
        tls = ssl.create_default_context() if told.tls else None
        try:
            async with asyncio.timeout(told.timeout_s):
                streams = await asyncio.open_connection(told.host, told.port, ssl=tls)
        except (OSError, TimeoutError) as error:
            raise Lost("no connection") from error
        session = _Session(*streams)
        session.listening = asyncio.create_task(self._listen(session))
        body = Bind(told.system_id, told.password).pack()
        answer = await self._ask(session, Command.BIND_TRANSCEIVER, body)
        if answer.status != Status.OK:
            self._end(session)
            raise Lost(f"bind refused: {answer.status:#x}")
        self._session = session
        return session

    async def _ask(self, session: _Session, command: Command, body: bytes = b"") -> Pdu:
        session.sequence = session.sequence % LAST_SEQUENCE + 1
        number = session.sequence
        waiting: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        session.answers[number] = waiting
        try:
            async with asyncio.timeout(self._smsc.timeout_s):
                session.writer.write(Pdu(command, number, body=body).pack())
                await session.writer.drain()
                return await waiting
        except (OSError, TimeoutError) as error:
            self._end(session)  # an answer that comes too late would be taken for another's
            raise Lost("no answer") from error
        finally:
            session.answers.pop(number, None)

    async def _listen(self, session: _Session) -> None:
        try:
            while True:
                pdu = await read_pdu(session.reader)
                session.heard_at = asyncio.get_running_loop().time()
                if pdu.command & RESPONSE:
                    waiting = session.answers.get(pdu.sequence)
                    if waiting and not waiting.done():
                        waiting.set_result(pdu)
                else:
                    self._answer(session, pdu)
        except (OSError, asyncio.IncompleteReadError, Malformed):
            self._end(session)

    def _answer(self, session: _Session, pdu: Pdu) -> None:
        status, body = Status.OK, b""
        if pdu.command == Command.DELIVER_SM:
            self._report(pdu)
            body = b"\0"
        known = pdu.command in (Command.DELIVER_SM, Command.ENQUIRE_LINK, Command.UNBIND)
        if not known:
            status = Status.INVALID_COMMAND
        command = pdu.command | RESPONSE if known else Command.GENERIC_NACK
        session.writer.write(Pdu(command, pdu.sequence, status, body).pack())
        if pdu.command == Command.UNBIND:
            self._end(session)

    def _report(self, pdu: Pdu) -> None:
        try:
            told = Short.unpack(pdu.body)
        except Malformed:
            return
        found = STATE.search(told.octets)
        if told.esm_class & RECEIPT and found:
            self.reports[found[1].decode()] += 1

    def _end(self, session: _Session) -> None:
        if self._session is session:
            self._session = None
        for waiting in session.answers.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError())
        if session.listening and session.listening is not asyncio.current_task():
            session.listening.cancel()
        session.writer.close()


@dataclass(slots=True)
class SmppChannel:
    """Short messages through a message centre, at the pace it bears."""

    out: Outgoing
    link: SmppLink
    smsc: Smsc
    rules: SmsRules
    base_url: str

    def ready(self, delivery: Delivery) -> Post:
        """See `Channel`."""
        texts: dict[Language, str] = {}
        valid_for = relative(time_to_live(delivery, self.out))
        priority = {"p0": 3, "p1": 1, "p2": 0}[delivery.lane]

        async def post(address: Address, language: Language) -> Receipt:
            if language not in texts:
                texts[language] = compose(delivery.notice, language, self.rules, self.base_url)
            number = int(reference(delivery, address.endpoint)[:2], 16)
            short = Short(
                source=self.rules.sender,
                destination=address.endpoint.lstrip("+"),
                octets=b"",
                priority=priority,
                valid_for=valid_for,
                registered=1,
            )
            for part in parts(short, texts[language], number, self.smsc.segmentation):
                receipt = await self._submit(part)
                if receipt.verdict != "accepted":
                    return receipt
            return ACCEPTED

        return post

    async def _submit(self, short: Short) -> Receipt:
        bucket, clock = self.out.pace.of(f"smpp:{self.smsc.host}"), self.out.pace.clock
        wait = bucket.take(clock())
        if wait > PATIENCE_S:
            return Receipt(verdict="later", retry_after_s=wait)
        await asyncio.sleep(wait)
        try:
            answer = await self.link.request(Command.SUBMIT_SM, short.pack())
        except Malformed:
            return REFUSED  # a number of 21 digits: nobody's
        except Lost:
            bucket.pushed_back(clock(), 0, closes=False)
            return LOST
        if answer.status in LATER:
            bucket.pushed_back(clock(), 0, closes=False)
            return Receipt(verdict="later", retry_after_s=1.0 if answer.status in BUSY else 0.0)
        bucket.accepted()
        if answer.status == Status.INVALID_DESTINATION:
            return ENDED
        return ACCEPTED if answer.status == Status.OK else REFUSED


def parts(short: Short, text: str, number: int, segmentation: str) -> list[Short]:
    """A text as one submit_sm or several. `number` (an octet) tells a phone which belong together;
    the same message sent again has the same."""
    letters = alphabet(text)
    coded = replace(short, data_coding=UCS2 if letters == "ucs2" else 0)
    segments = split(text, letters)
    if len(segments) == 1:
        return [replace(coded, octets=segments[0])]
    if segmentation == "payload":
        return [replace(coded, options={PAYLOAD: b"".join(segments)})]
    # 3GPP TS 23.040, 9.2.3.24.1: concatenated short messages, 8-bit reference
    heads = (bytes([5, 0, 3, number, len(segments), no + 1]) for no in range(len(segments)))
    return [
        replace(coded, octets=head + segment, esm_class=UDHI)
        for head, segment in zip(heads, segments, strict=True)
    ]


def relative(seconds: int) -> str:
    """A relative time as SMPP writes it: `YYMMDDhhmmss000R` (section 7.1.1.1)."""
    minutes, s = divmod(seconds, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    return f"0000{days:02}{h:02}{m:02}{s:02}000R"
