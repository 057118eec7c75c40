"""VietQR: the text inside a payment code, made and read.

EMVCo "QR Code Specification for Payment Systems, Merchant-Presented Mode" 1.1 (tag, length, value)
with the account template that NAPAS registered: tag 38, identifier A000000727.

    38  00 A000000727
        01  00 bank BIN (6 digits)  01 account, card or merchant number
        02 service
    53 704  54 amount  58 VN  59 name  60 city
    62  01 bill  03 store  05 reference  07 terminal  08 purpose
    63  CRC-16/CCITT-FALSE over everything before its value, "6304" included

We write ASCII only. Others write Vietnamese and count the lengths in characters or in UTF-8 bytes;
both are read, and a text that can be read in both ways with different outcomes is refused.
"""

import binascii
import io
import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import NoReturn

import segno
from pydantic import BaseModel, Field

NAPAS = "A000000727"
WALLET_ALIAS = "HV"  # begins the alias of a wallet at the city's provider
CRC_START = 0xFFFF
CRC_CHARS = 4
LONGEST = 512  # EMVCo MPM 1.1, section 3.5
LONGEST_VALUE = 99
NAME_CHARS, CITY_CHARS, NOTE_CHARS = 25, 15, 25
MOST_VND = 10**12
_NOTES = {"bill": "01", "store": "03", "reference": "05", "terminal": "07", "purpose": "08"}
_TIPS = ("55", "56", "57")
_LENGTH = re.compile(r"[0-9]{2}")
_BIN = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_AMOUNT = re.compile(r"([0-9]{1,13})(?:\.0{0,2})?")  # the đồng has no smaller unit
_CATEGORY = re.compile(r"[0-9]{4}")
_HEX = re.compile(r"[0-9A-Fa-f]{4}")

Fields = dict[str, str]
Leaf = Callable[[str], str]


class Reason(StrEnum):
    """Why a text is not a code that can be paid."""

    STRUCTURE = "structure"
    REPEATED = "repeated"
    TRAILING = "trailing"
    CHECKSUM = "checksum"
    AMBIGUOUS = "ambiguous"
    NOT_VIETQR = "not_vietqr"
    BANK = "bank"
    ACCOUNT = "account"
    SERVICE = "service"
    CURRENCY = "currency"
    COUNTRY = "country"
    AMOUNT = "amount"
    TIP = "tip"


class BadCode(Exception):
    """The text is not a VietQR code that can be paid."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Service(StrEnum):
    """What the number in the code is."""

    ACCOUNT = "QRIBFTTA"
    CARD = "QRIBFTTC"
    MERCHANT = "QRPUSH"
    CASH = "QRCASH"


class VietQr(BaseModel, frozen=True):
    """What a code says. A dynamic code is for one payment, a static one hangs on the wall."""

    dynamic: bool = False
    bank_bin: str = Field(pattern=r"^[0-9]{6}$")
    account: str = Field(pattern=r"^[0-9A-Za-z]{1,19}$")
    service: Service | None = None
    amount_vnd: int | None = Field(None, ge=1, le=MOST_VND)
    category: str | None = Field(None, pattern=r"^[0-9]{4}$")
    name: str = ""
    city: str = ""
    bill: str = ""
    store: str = ""
    reference: str = ""
    terminal: str = ""
    purpose: str = ""


def plain(words: str, limit: int) -> str:
    """Words in printable ASCII without Vietnamese marks, at most `limit` characters."""
    split = unicodedata.normalize("NFD", words.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(c for c in split if " " <= c <= "~")
    return " ".join(kept.split())[:limit].strip()


def checksum(text: str) -> str:
    """CRC-16/CCITT-FALSE of the UTF-8 bytes, four capital hexadecimal digits."""
    return f"{binascii.crc_hqx(text.encode(), CRC_START):04X}"


def write(code: VietQr) -> str:
    """The text of a code; names and notes lose their marks and are cut to what fits.

    Raises:
        ValueError: the notes together are longer than a field may be.
    """
    notes = "".join(
        _field(tag, plain(getattr(code, name), NOTE_CHARS)) for name, tag in _NOTES.items()
    )
    payee = _field("00", code.bank_bin) + _field("01", code.account)
    template = _field("00", NAPAS) + _field("01", payee) + _field("02", code.service or "")
    body = "".join(
        (
            _field("00", "01"),
            _field("01", "12" if code.dynamic else "11"),
            _field("38", template),
            _field("52", code.category or ""),
            _field("53", "704"),
            _field("54", str(code.amount_vnd or "")),
            _field("58", "VN"),
            _field("59", plain(code.name, NAME_CHARS)),
            _field("60", plain(code.city, CITY_CHARS)),
            _field("62", notes),
            "6304",
        )
    )
    return body + checksum(body)


def drawn(text: str) -> str:
    """A code as SVG that scales (error correction M, as VietQR's guide asks for)."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        picture, kind="svg", xmldecl=False, svgns=True, omitsize=True
    )
    return picture.getvalue().decode()


def read(text: str) -> VietQr:
    """What a code says.

    Raises:
        BadCode: not EMVCo, not VietQR, altered, or not payable in đồng.
    """
    if len(text) > LONGEST:
        _refuse(Reason.STRUCTURE)
    if text.isascii():
        return _read(text, text, str)
    try:
        octets = text.encode().decode("latin-1")  # one character a byte, so that slices count bytes
    except UnicodeEncodeError as error:
        raise BadCode(Reason.STRUCTURE) from error
    found: list[VietQr] = []
    refused: list[BadCode] = []
    for shape, leaf in ((text, str), (octets, _characters)):
        try:
            found.append(_read(text, shape, leaf))
        except BadCode as error:
            refused.append(error)
    if not found:
        raise refused[0]
    if found[0] != found[-1]:
        _refuse(Reason.AMBIGUOUS)
    return found[0]


def _refuse(reason: Reason) -> NoReturn:
    raise BadCode(reason)


def _field(tag: str, value: str) -> str:
    """One field; nothing for no value."""
    if len(value) > LONGEST_VALUE:
        raise ValueError(f"field {tag} is longer than {LONGEST_VALUE}")
    return f"{tag}{len(value):02}{value}" if value else ""


def _characters(octets: str) -> str:
    """A value that was counted in bytes."""
    try:
        return octets.encode("latin-1").decode()
    except UnicodeDecodeError as error:
        raise BadCode(Reason.STRUCTURE) from error


def _fields(text: str) -> Fields:
    """Tag, length, value to the end of the text."""
    found: Fields = {}
    at = 0
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + 4]
        if not _LENGTH.fullmatch(tag) or not _LENGTH.fullmatch(length) or length == "00":
            _refuse(Reason.STRUCTURE)
        at += 4 + int(length)
        if at > len(text):
            _refuse(Reason.STRUCTURE)
        if tag in found:
            _refuse(Reason.REPEATED)
        found[tag] = text[at - int(length) : at]
    return found


def _read(text: str, shape: str, leaf: Leaf) -> VietQr:
    """`shape` is the text as its lengths count it; `leaf` gives a value's characters."""
    fields = _fields(shape)
    order = list(fields)
    if not order or order[0] != "00" or fields["00"] != "01":
        _refuse(Reason.STRUCTURE)
    if "63" not in fields:
        _refuse(Reason.CHECKSUM)
    if order[-1] != "63":
        _refuse(Reason.TRAILING)
    if not _HEX.fullmatch(fields["63"]) or checksum(text[:-CRC_CHARS]) != fields["63"].upper():
        _refuse(Reason.CHECKSUM)
    bank_bin, account, service = _payee(fields)
    _payable(fields)
    notes = _fields(fields.get("62", ""))
    return VietQr(
        dynamic=fields.get("01") == "12",
        bank_bin=bank_bin,
        account=account,
        service=service,
        amount_vnd=_amount(fields.get("54")),
        category=_category(fields.get("52")),
        name=leaf(fields.get("59", "")),
        city=leaf(fields.get("60", "")),
        **{name: leaf(notes.get(tag, "")) for name, tag in _NOTES.items()},
    )


def _payee(fields: Fields) -> tuple[str, str, Service | None]:
    """Bank, number and kind of number out of the NAPAS template."""
    template = _fields(fields.get("38", ""))
    if template.get("00", "").upper() != NAPAS:
        _refuse(Reason.NOT_VIETQR)
    payee = _fields(template.get("01", ""))
    if not _BIN.fullmatch(payee.get("00", "")):
        _refuse(Reason.BANK)
    if not _ACCOUNT.fullmatch(payee.get("01", "")):
        _refuse(Reason.ACCOUNT)
    service = template.get("02")
    if service is not None and service not in set(Service):
        _refuse(Reason.SERVICE)
    return payee["00"], payee["01"], Service(service) if service else None


def _payable(fields: Fields) -> None:
    """đồng, in Việt Nam, once or many times, and nothing that the payer would have to add."""
    if fields.get("01", "11") not in ("11", "12"):
        _refuse(Reason.STRUCTURE)
    if fields.get("53") != "704":
        _refuse(Reason.CURRENCY)
    if fields.get("58", "").upper() != "VN":
        _refuse(Reason.COUNTRY)
    if any(tag in fields for tag in _TIPS):
        _refuse(Reason.TIP)


def _amount(said: str | None) -> int | None:
    """Whole đồng."""
    if said is None:
        return None
    match = _AMOUNT.fullmatch(said)
    amount = int(match[1]) if match else 0
    if not 1 <= amount <= MOST_VND:
        _refuse(Reason.AMOUNT)
    return amount


def _category(said: str | None) -> str | None:
    """The merchant category code (ISO 18245)."""
    if said is not None and not _CATEGORY.fullmatch(said):
        _refuse(Reason.STRUCTURE)
    return said
