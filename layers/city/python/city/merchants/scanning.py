"""Codes that a shop shows, what a scanned code means, and the quote without which nothing is paid.

The payer's app sends the code's text and gets back who is to be paid, how much, and a quote: sealed
by us, good for this person and ten minutes. Paying takes the quote and nothing else, so that
nobody pays without having been shown a name, and no amount or payee comes from the client.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptography.exceptions import InvalidTag
from pydantic import BaseModel

from city.adapters.sealed import seal, unseal
from city.bank.vietqr import WALLET_ALIAS, BadCode, Reason, Service, VietQr, drawn, read, write
from city.kernel.people import Principal
from city.kernel.problems import NotFound, invalid
from city.merchants.model import Code, CodeOver, Merchant, QuoteOver, State, UnreadableCode
from city.merchants.office import Office, at_work
from city.merchants.shapes import CodeView, NewCode, Read, ReadCode, TillQuery
from city.merchants.views import category_name

CODE_LIFE = timedelta(minutes=15)
QUOTE_LIFE = timedelta(minutes=10)
CODE_LETTERS = 16
CITY = "Hue"
PURPOSE = "merchants quote"
OURS = (Service.MERCHANT, None)
_WHY: dict[Reason | str, tuple[str, str]] = {
    Reason.CHECKSUM: (
        "Mã bị hỏng hoặc bị sửa: mã kiểm tra không khớp.",
        "The code is damaged or was altered: its checksum does not fit.",
    ),
    Reason.NOT_VIETQR: ("Đây không phải mã VietQR.", "This is not a VietQR code."),
    Reason.CURRENCY: ("Mã không dùng đồng Việt Nam.", "The code is not in đồng."),
    Reason.COUNTRY: ("Mã không phải của Việt Nam.", "The code is not of Việt Nam."),
    Reason.AMOUNT: ("Số tiền trong mã không hợp lệ.", "The amount in the code is not valid."),
    Reason.TIP: ("Mã đòi thêm tiền phụ thu.", "The code asks for something on top."),
    "unknown": (
        "Mã mang tên hệ thống này nhưng không có điểm bán như vậy. Đừng trả tiền.",
        "The code says it is ours, but there is no such shop. Do not pay.",
    ),
}
_OTHERWISE = ("Đây không phải mã thanh toán đọc được.", "This is not a payment code we can read.")


class Quote(BaseModel, frozen=True):
    """What a person was shown and may pay."""

    user: str
    merchant: str
    name: str
    code: str | None
    amount_vnd: int | None
    till: str
    reference: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Scanner:
    """What making and reading codes leans on."""

    office: Office
    secret: str


def wall_code(scanner: Scanner, merchant_id: str, query: TillQuery, who: Principal) -> CodeView:
    """The code that hangs at a till.

    Raises:
        NotFound: the caller does not work there, or there is no such till.
        NotPayable: the acceptance point is not open.
    """
    merchant, _ = at_work(scanner.office, "merchants:wall_code", merchant_id, who)
    merchant.require_payable()
    till = _till(scanner, merchant, query.till)
    return _view(merchant, _says(scanner, merchant).model_copy(update={"terminal": till}))


def new_code(scanner: Scanner, merchant_id: str, body: NewCode, who: Principal) -> CodeView:
    """A code for one payment, good for fifteen minutes.

    Raises:
        NotFound: the caller does not work there, or there is no such till.
        NotPayable: the acceptance point is not open.
    """
    office = scanner.office
    merchant, member = at_work(office, "merchants:new_code", merchant_id, who)
    merchant.require_payable()
    code = Code(
        id="Q" + office.new_id(office.now)[-CODE_LETTERS:],
        merchant=merchant.id,
        till=_till(scanner, merchant, body.till),
        amount_vnd=body.amount_vnd,
        reference=body.reference,
        by=member.user,
        made_at=office.now,
        expires_at=office.now + CODE_LIFE,
    )
    office.merchants.add_code(code)
    return _code_view(scanner, merchant, code, None)


def show_code(scanner: Scanner, merchant_id: str, code_id: str, who: Principal) -> CodeView:
    """A code for one payment: whether it was paid.

    Raises:
        NotFound: the caller does not work there, or there is no such code.
    """
    merchant, _ = at_work(scanner.office, "merchants:show_code", merchant_id, who)
    held = scanner.office.merchants.code(code_id)
    if held is None or held[0].merchant != merchant.id:
        raise NotFound(what="mã / code")
    return _code_view(scanner, merchant, *held)


def _till(scanner: Scanner, merchant: Merchant, till: str) -> str:
    if till and till not in {each.id for each in scanner.office.merchants.tills(merchant.id)}:
        raise NotFound(what="quầy / till")
    return till


def _says(scanner: Scanner, merchant: Merchant) -> VietQr:
    return VietQr(
        bank_bin=scanner.office.rules.provider.bank_bin,
        account=merchant.id,
        service=Service.MERCHANT,
        category=merchant.category,
        name=merchant.name,
        city=CITY,
    )


def _code_view(scanner: Scanner, merchant: Merchant, code: Code, paid: str | None) -> CodeView:
    says = _says(scanner, merchant).model_copy(
        update={
            "dynamic": True,
            "amount_vnd": code.amount_vnd,
            "bill": code.id,
            "reference": code.reference,
            "terminal": code.till,
        }
    )
    over = scanner.office.now >= code.expires_at
    state: Literal["open", "paid", "expired"] = "paid" if paid else ("expired" if over else "open")
    return _view(merchant, says).model_copy(
        update={"id": code.id, "state": state, "expires_at": code.expires_at, "payment": paid}
    )


def _view(merchant: Merchant, says: VietQr) -> CodeView:
    text = write(says)
    return CodeView(
        id=None,
        payload=text,
        svg=drawn(text),
        name=merchant.name,
        till=says.terminal,
        amount_vnd=says.amount_vnd,
        reference=says.reference,
        state="open",
        expires_at=None,
        payment=None,
    )


def understand(scanner: Scanner, body: ReadCode, who: Principal) -> Read:
    """What a scanned code means, for this person.

    Raises:
        UnreadableCode: no VietQR, altered, or it says that it is ours and is not.
        NotPayable: the acceptance point is not open. CodeOver: paid or expired.
    """
    try:
        code = read(body.text)
    except BadCode as error:
        raise _unreadable(error.reason) from error
    rules = scanner.office.rules
    if code.bank_bin != rules.provider.bank_bin:
        return Read(
            kind="foreign",
            name=code.name,
            bank=rules.banks.get(code.bank_bin, ""),
            **code.model_dump(
                include={"bank_bin", "account", "service", "amount_vnd", "purpose", "dynamic"}
            ),
            reference=code.reference or code.bill,
        )
    if code.service is Service.ACCOUNT and code.account.startswith(WALLET_ALIAS):
        return _wallet(scanner, code)
    return _ours(scanner, code, who)


def _wallet(scanner: Scanner, code: VietQr) -> Read:
    """Somebody's own code: whose it is, the wallet says, to those who may pay. No name in the code
    is shown: anybody could have written one into it."""
    bank = scanner.office.rules.banks.get(code.bank_bin, "")
    told = code.model_dump(include={"bank_bin", "account", "service", "amount_vnd", "purpose",
                                    "dynamic"})  # fmt: skip
    return Read(kind="wallet", name="", bank=bank, **told)


def _unreadable(reason: Reason | Literal["unknown"]) -> UnreadableCode:
    vi, en = _WHY.get(reason, _OTHERWISE)
    return UnreadableCode(vi=vi, en=en, extra={"reason": str(reason)})


def _ours(scanner: Scanner, code: VietQr, who: Principal) -> Read:
    """One of our acceptance points; the amount of a code for one payment comes from our books."""
    office = scanner.office
    held = office.merchants.get(code.account)
    if held is None or held[0].state in (State.APPLIED, State.REJECTED):
        raise _unreadable("unknown")
    merchant = held[0]
    if code.service not in OURS:
        raise _unreadable(Reason.SERVICE)
    merchant.require_payable()
    once = _once(scanner, merchant, code) if code.dynamic else None
    quote = Quote(
        user=who.user_id,
        merchant=merchant.id,
        name=merchant.name,
        code=once.id if once else None,
        amount_vnd=once.amount_vnd if once else code.amount_vnd,
        till=once.till if once else code.terminal,
        reference=once.reference if once else code.reference,
        expires_at=office.now + QUOTE_LIFE,
    )
    rules = office.rules
    return Read(
        kind="ours",
        merchant=merchant.id,
        name=merchant.name,
        category_name=category_name(rules, merchant.category),
        address=merchant.address,
        bank=rules.banks.get(merchant.payout.bank_bin, ""),
        bank_bin=merchant.payout.bank_bin,
        account=merchant.payout.masked,
        service=code.service,
        amount_vnd=quote.amount_vnd,
        reference=quote.reference,
        purpose=code.purpose,
        dynamic=code.dynamic,
        demo=merchant.demo,
        quote=seal(scanner.secret, PURPOSE, quote.model_dump_json().encode()),
        quote_expires_at=quote.expires_at,
    )


def _once(scanner: Scanner, merchant: Merchant, code: VietQr) -> Code:
    """The code for one payment that a text names.

    Raises:
        CodeOver: paid, expired, or long gone. UnreadableCode: it names another amount or shop.
    """
    held = scanner.office.merchants.code(code.bill)
    if held is None:
        raise CodeOver
    once, paid = held
    if once.merchant != merchant.id or once.amount_vnd != code.amount_vnd:
        raise _unreadable("unknown")
    if paid or scanner.office.now >= once.expires_at:
        raise CodeOver
    return once


def quoted(scanner: Scanner, sealed: str, who: Principal) -> Quote:
    """What this person was shown; whether it is still good is the caller's to judge.

    Raises:
        QuoteOver: not ours, or somebody else's.
    """
    try:
        quote = Quote.model_validate(json.loads(unseal(scanner.secret, PURPOSE, sealed)))
    except (InvalidTag, ValueError) as error:
        raise QuoteOver from error
    if quote.user != who.user_id:
        raise QuoteOver
    return quote


def priced(quote: Quote, amount_vnd: int | None) -> int:
    """How much is paid: what the code says, or what the payer says where it says nothing.

    Raises:
        Invalid: neither says, or both and not the same.
    """
    if quote.amount_vnd is None and amount_vnd is None:
        raise invalid("amount_vnd", "Hãy nhập số tiền.", "Say how much.")
    if quote.amount_vnd is not None and amount_vnd not in (None, quote.amount_vnd):
        raise invalid(
            "amount_vnd", "Số tiền khác với mã.", "The amount is not the one of the code."
        )
    return quote.amount_vnd or amount_vnd or 0
