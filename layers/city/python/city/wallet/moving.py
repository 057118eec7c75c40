"""Moving money: in from the bank, out to it, and to other people."""

from datetime import timedelta
from typing import Literal

from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.phones import phone_number
from city.kernel.problems import invalid
from city.ledger import payments, reading
from city.ledger.model import AT_ONCE, ESCROW, Kind, Order, Payment, wallet_of
from city.ledger.payments import client_key
from city.ledger.problems import NoWallet
from city.ledger.workflow import FINAL, PAID, STATE_NAMES
from city.wallet.desk import Desk, new_device, own_wallet, payment_of, stepped_up
from city.wallet.shapes import (
    NewAmount,
    NewTransfer,
    PaymentCard,
    Recipient,
    Wanted,
)

COUNTED = "counted"
LIFE = timedelta(minutes=30)  # what was never sent to the bank expires then
POLL_S = 2


def top_up(desk: Desk, body: NewAmount, who: Principal, key: str | None) -> PaymentCard:
    """Begin to collect from the linked account; the bank is asked at once, by a worker.

    Raises:
        KeyNeeded, KeyReused, NoWallet, PayeeClosed, AssuranceNeeded.
    """
    wallet = own_wallet(desk, who)
    return _begun(desk, who, Order(
        kind=Kind.TOP_UP, owner=who.user_id, source=ESCROW, target=wallet.account,
        amount_vnd=body.amount_vnd, key=client_key(who, "top-ups", key),
        stepped_up=stepped_up(desk, who), expires_at=desk.now + LIFE, memo="Nạp ví Hue-S",
    ))  # fmt: skip


def cash_out(desk: Desk, body: NewAmount, who: Principal, key: str | None) -> PaymentCard:
    """Begin to pay to the linked account: the money is held until the bank has spoken.

    Raises:
        KeyNeeded, KeyReused, NoWallet, WalletFrozen, InsufficientFunds, AssuranceNeeded.
    """
    wallet = own_wallet(desk, who)
    return _begun(desk, who, Order(
        kind=Kind.CASH_OUT, owner=who.user_id, source=wallet.account, target=ESCROW,
        amount_vnd=body.amount_vnd, key=client_key(who, "cash-outs", key),
        stepped_up=stepped_up(desk, who), new_device=new_device(desk, who),
        expires_at=desk.now + LIFE, memo="Rút từ ví Hue-S",
    ))  # fmt: skip


def transfer(desk: Desk, body: NewTransfer, who: Principal, key: str | None) -> PaymentCard:
    """Pay another wallet, at once.

    Raises:
        KeyNeeded, KeyReused, NoWallet, WalletFrozen, PayeeClosed, InsufficientFunds,
        LimitExceeded, AssuranceNeeded. Invalid: to oneself.
    """
    wallet = own_wallet(desk, who)
    if body.to_wallet == wallet.id:
        raise invalid("to_wallet", "Đây là ví của bạn.", "This is your own wallet.")
    if desk.own.owner_of(body.to_wallet) is None:
        raise NoWallet
    return _begun(desk, who, Order(
        kind=Kind.TRANSFER, owner=who.user_id, source=wallet.account,
        target=f"wallet:{body.to_wallet}", amount_vnd=body.amount_vnd, limit_class=COUNTED,
        key=client_key(who, "transfers", key), stepped_up=stepped_up(desk, who),
        new_device=new_device(desk, who), memo=body.memo,
    ))  # fmt: skip


def _begun(desk: Desk, who: Principal, order: Order) -> PaymentCard:
    payment = payments.begin(desk.ledger, order)
    if order.stepped_up and order.new_device and who.session:
        desk.own.keep_device(who.user_id, who.session, desk.now)
    direction: Literal["in", "out"] = "in" if order.kind is Kind.TOP_UP else "out"
    return view(desk, payment, direction)


def recipient(desk: Desk, body: Wanted, who: Principal) -> Recipient:
    """Who would get it. Counted, so that nobody reads a telephone book out of it.

    Raises:
        NoWallet: nobody takes money there. TooMany. Invalid: name one of the three.
    """
    own_wallet(desk, who)
    if [body.phone, body.wallet_id, body.alias].count(None) != 2:
        raise invalid(
            "phone",
            "Cho số điện thoại, mã ví hoặc mã nhận tiền.",
            "Give a number, a wallet or the alias of a code.",
        )
    desk.own.count_look(who.user_id, desk.now)
    found = body.wallet_id
    if body.phone:
        found = desk.own.by_phone(phone_number(body.phone))
    elif body.alias:
        found = desk.own.by_alias(body.alias)
    name = _name(desk, found) if found else ""
    if not found or not name:
        raise NoWallet
    return Recipient(wallet_id=found, name=name)


def masked_name(name: str) -> str:
    """A name of which a mistake shows and nobody is found by it.

    >>> masked_name("Nguyễn Thị Lan")
    'N••••• T•• Lan'
    """
    *before, last = name.split() or [""]
    return " ".join([*(part[0] + "•" * (len(part) - 1) for part in before), last])


def _name(desk: Desk, wallet_id: str) -> str:
    owner = desk.own.owner_of(wallet_id)
    profile = desk.own.profile(owner) if owner else None
    return masked_name(profile.name) if profile and profile.name else ""


def payment(desk: Desk, payment_id: str, who: Principal) -> PaymentCard:
    """A payment that the caller is a side of.

    Raises:
        NotFound: none of theirs.
    """
    found, direction = payment_of(desk, "wallet:payment", payment_id, who)
    return view(desk, found, "in" if direction == "in" or found.kind is Kind.TOP_UP else "out")


def activity(desk: Desk, query: PageQuery, who: Principal) -> Page[PaymentCard]:
    """The caller's payments, newest first."""
    wallet = own_wallet(desk, who)
    after = decode_cursor(query.cursor).get("after")
    found, more = reading.history(
        desk.ledger, wallet.account, limit=query.limit, after=str(after) if after else None
    )
    return Page(
        items=[view(desk, p, "in" if p.target == wallet.account else "out") for p in found],
        next_cursor=encode_cursor({"after": more}) if more else None,
    )


def view(desk: Desk, found: Payment, direction: Literal["in", "out"]) -> PaymentCard:
    """A payment as one side sees it."""
    final = found.state in FINAL | PAID
    return PaymentCard(
        **found.model_dump(
            include={"id", "state", "amount_vnd", "fee_vnd", "refunded_vnd", "memo", "created_at",
                     "changed_at", "captured_at", "sequence", "receipt"}
        ),
        kind=found.kind.value,
        state_name=STATE_NAMES[found.state],
        direction=direction,
        other=_other(desk, found, direction),
        final=final,
        poll_after_s=None if final or found.kind in AT_ONCE else POLL_S,
    )  # fmt: skip


def _other(desk: Desk, found: Payment, direction: str) -> str:
    """The other side, in words: a masked name, or what the payment says of itself."""
    account = found.source if direction == "in" else found.target
    wallet = wallet_of(account)
    if wallet:
        return _name(desk, wallet)
    return found.facts.get("title") or found.facts.get("name") or account
