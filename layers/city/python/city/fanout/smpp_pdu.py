"""SMPP 3.4 on the wire: the protocol data units that a sender needs (SMPP Protocol Specification
v3.4, Issue 1.2, sections 4 and 5)."""

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

HEADER: Final = struct.Struct(">IIII")
LARGEST: Final = 70_000  # a message_payload holds up to 64 KiB
VERSION: Final = 0x34

PAYLOAD: Final = 0x0424  # optional parameters (section 5.3.2)
RECEIPTED_ID: Final = 0x001E
MESSAGE_STATE: Final = 0x0427

UDHI: Final = 0x40  # esm_class: a user data header comes first
RECEIPT: Final = 0x04  # esm_class of a deliver_sm: a delivery receipt
UCS2: Final = 0x08  # data_coding


class Command(IntEnum):
    """Section 5.1.2.1."""

    GENERIC_NACK = 0x80000000
    SUBMIT_SM = 0x00000004
    SUBMIT_SM_RESP = 0x80000004
    DELIVER_SM = 0x00000005
    DELIVER_SM_RESP = 0x80000005
    UNBIND = 0x00000006
    UNBIND_RESP = 0x80000006
    BIND_TRANSCEIVER = 0x00000009
    BIND_TRANSCEIVER_RESP = 0x80000009
    ENQUIRE_LINK = 0x00000015
    ENQUIRE_LINK_RESP = 0x80000015


class Status(IntEnum):
    """Section 5.1.3, those that mean something of their own here."""

    OK = 0x00
    INVALID_MESSAGE_LENGTH = 0x01
    INVALID_COMMAND = 0x03
    NOT_BOUND = 0x04  # ESME_RINVBNDSTS
    ALREADY_BOUND = 0x05
    SYSTEM_ERROR = 0x08
    INVALID_DESTINATION = 0x0B
    BIND_FAILED = 0x0D
    INVALID_PASSWORD = 0x0E
    INVALID_SYSTEM_ID = 0x0F
    QUEUE_FULL = 0x14
    SUBMIT_FAILED = 0x45
    THROTTLED = 0x58


class Malformed(ValueError):
    """Not a protocol data unit of SMPP 3.4."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One unit. `command` and `status` stay numbers: a peer may use some that we do not know."""

    command: int
    sequence: int
    status: int = 0
    body: bytes = b""

    def pack(self) -> bytes:
        """As octets."""
        size = HEADER.size + len(self.body)
        return HEADER.pack(size, self.command, self.status, self.sequence) + self.body

    @classmethod
    def unpack(cls, raw: bytes) -> "Pdu":
        """From octets, one whole unit.

        Raises:
            Malformed: its length is not what it says.
        """
        if len(raw) < HEADER.size or len(raw) != HEADER.unpack_from(raw)[0]:
            raise Malformed("command_length")
        _, command, status, sequence = HEADER.unpack_from(raw)
        return cls(command, sequence, status, raw[HEADER.size :])


def c_string(text: str, longest: int) -> bytes:
    """A C-octet string; `longest` counts its final zero.

    Raises:
        Malformed: too long, or a zero inside.
    """
    raw = text.encode("ascii", "replace")
    if len(raw) >= longest or b"\0" in raw:
        raise Malformed(f"longer than {longest - 1}: {text[:20]}")
    return raw + b"\0"


class Reader:
    """Reads a body field by field."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def c_string(self) -> str:
        """A C-octet string.

        Raises:
            Malformed: it does not end.
        """
        end = self._raw.find(b"\0", self._at)
        if end < 0:
            raise Malformed("a string without an end")
        text = self._raw[self._at : end].decode("latin-1")
        self._at = end + 1
        return text

    def octets(self, size: int) -> bytes:
        """So many octets.

        Raises:
            Malformed: there are fewer.
        """
        taken = self._raw[self._at : self._at + size]
        if len(taken) < size:
            raise Malformed("cut short")
        self._at += size
        return taken

    def octet(self) -> int:
        """One octet as a number."""
        return self.octets(1)[0]

    def options(self) -> dict[int, bytes]:
        """The optional parameters that follow."""
        found: dict[int, bytes] = {}
        while self._at < len(self._raw):
            tag, size = struct.unpack(">HH", self.octets(4))
            found[tag] = self.octets(size)
        return found


@dataclass(frozen=True, slots=True)
class Bind:
    """The body of a bind_transceiver (section 4.1.5)."""

    system_id: str
    password: str
    system_type: str = ""

    def pack(self) -> bytes:
        """As octets."""
        return (
            c_string(self.system_id, 16)
            + c_string(self.password, 9)
            + c_string(self.system_type, 13)
            + bytes([VERSION, 0, 0])
            + b"\0"
        )

    @classmethod
    def unpack(cls, raw: bytes) -> "Bind":
        """From octets."""
        reader = Reader(raw)
        return cls(reader.c_string(), reader.c_string(), reader.c_string())


@dataclass(frozen=True, slots=True)
class Short:
    """The body of a submit_sm or deliver_sm: they are laid out alike (sections 4.4.1, 4.6.1).

    `ton` and `npi` are type and numbering plan of an address: 1 and 1 is an international number,
    5 and 0 letters. `valid_for` is a relative time (section 7.1.1.1) or empty.
    """

    source: str
    destination: str
    octets: bytes
    source_ton: int = 5
    source_npi: int = 0
    destination_ton: int = 1
    destination_npi: int = 1
    esm_class: int = 0
    priority: int = 0
    valid_for: str = ""
    registered: int = 0
    data_coding: int = 0
    options: dict[int, bytes] = field(default_factory=dict)

    def pack(self) -> bytes:
        """As octets.

        Raises:
            Malformed: a field is too long; over 254 octets go into `message_payload`.
        """
        if len(self.octets) > 254:
            raise Malformed("short_message over 254 octets")
        head = (
            c_string("", 6)
            + bytes([self.source_ton, self.source_npi])
            + c_string(self.source, 21)
            + bytes([self.destination_ton, self.destination_npi])
            + c_string(self.destination, 21)
            + bytes([self.esm_class, 0, self.priority])
            + c_string("", 17)
            + c_string(self.valid_for, 17)
            + bytes([self.registered, 0, self.data_coding, 0, len(self.octets)])
        )
        tail = b"".join(struct.pack(">HH", t, len(v)) + v for t, v in self.options.items())
        return head + self.octets + tail

    @classmethod
    def unpack(cls, raw: bytes) -> "Short":
        """From octets.

        Raises:
            Malformed: cut short.
        """
        reader = Reader(raw)
        reader.c_string()  # service_type
        source_ton, source_npi, source = reader.octet(), reader.octet(), reader.c_string()
        ton, npi, destination = reader.octet(), reader.octet(), reader.c_string()
        esm_class, _, priority = reader.octet(), reader.octet(), reader.octet()
        reader.c_string()  # schedule_delivery_time
        valid_for = reader.c_string()
        registered, _, coding, _ = (reader.octet() for _ in range(4))
        octets = reader.octets(reader.octet())
        return cls(
            source=source,
            destination=destination,
            octets=octets,
            source_ton=source_ton,
            source_npi=source_npi,
            destination_ton=ton,
            destination_npi=npi,
            esm_class=esm_class,
            priority=priority,
            valid_for=valid_for,
            registered=registered,
            data_coding=coding,
            options=reader.options(),
        )
