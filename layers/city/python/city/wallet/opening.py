"""Opening a wallet, freezing, closing, and seeing what is in it."""

from city.adapters.acts import did
from city.adapters.holder import Erased
from city.bank.port import BankUnavailable
from city.kernel.clock import local_date
from city.kernel.people import Principal
from city.ledger import reading, wallets
from city.ledger.limits import period_key
from city.ledger.model import Wallet
from city.ledger.problems import NoWallet
from city.wallet.desk import Desk, own_wallet, worked
from city.wallet.refusals import BankAway, FrozenByOthers, NameDiffers, NotTheHolder
from city.wallet.shapes import Limits, NewWallet, StepUpView, Used, WalletView
from city.wallet.store import Profile

VERIFIED = "2"
BY_LOCK = "account-lock"
LAW = "Luật Kế toán 88/2015/QH13, Điều 41; Luật Phòng, chống rửa tiền 14/2022/QH15, Điều 38"


def open_wallet(desk: Desk, body: NewWallet, who: Principal) -> WalletView:
    """Open the caller's wallet, linked to a bank account in their verified name. Who has one keeps
    it, and may link another account this way.

    Raises:
        Unauthenticated: the attestation is not good. NotTheHolder: it is somebody else's.
        NameDiffers: the bank knows the account by another name. BankAway: it does not answer.
    """
    told = desk.attested(body.attestation, desk.now)
    name = str(told.get("name") or "")
    if told["sub"] != who.user_id or told.get("acr") != VERIFIED or not name:
        raise NotTheHolder
    linked = body.linked(name)
    try:
        if not desk.bank.same_name(linked):
            raise NameDiffers
    except BankUnavailable as error:
        raise BankAway from error
    return enrol(desk, who.user_id, Profile(
        owner=who.user_id, wallet_id="", name=name, bank=linked, attested_at=desk.now,
        phone_mark=desk.own.phone_mark(told["phone"]) if told.get("phone") else "",
    ))  # fmt: skip


def enrol(desk: Desk, owner: str, profile: Profile) -> WalletView:
    """Open the wallet of somebody whose name was checked."""
    linked = profile.bank
    bank = f"{linked.bank_bin}-{linked.account}"
    wallet = wallets.open_wallet(desk.ledger, owner, bank)
    desk.own.keep(profile.model_copy(update={"wallet_id": wallet.id}))
    return view(desk, wallet)


def view(desk: Desk, wallet: Wallet) -> WalletView:
    """A wallet as its owner sees it."""
    profile = desk.own.profile(wallet.owner)
    held = wallets.purse(desk.ledger, wallet.id)
    return WalletView(
        **wallet.model_dump(include={"id", "status", "opened_at", "reason"}),
        available_vnd=held.avail_vnd,
        held_vnd=held.held_vnd,
        bank=profile.bank.masked if profile else "",
        holder=profile.name if profile else "",
        frozen_by_owner=wallet.status == "frozen" and wallet.frozen_by == wallet.owner,
    )


def freeze_own(desk: Desk, who: Principal, reason: str) -> WalletView:
    """Nothing leaves any more, at once."""
    wallet = own_wallet(desk, who)
    return view(desk, wallets.freeze(desk.ledger, wallet.id, who.user_id, reason))


def unfreeze_own(desk: Desk, who: Principal) -> WalletView:
    """Let money leave again.

    Raises:
        FrozenByOthers: somebody else froze it.
    """
    wallet = own_wallet(desk, who)
    if wallet.status == "frozen" and wallet.frozen_by != who.user_id:
        raise FrozenByOthers(reason=wallet.reason)
    return view(desk, wallets.unfreeze(desk.ledger, wallet.id))


def close_own(desk: Desk, who: Principal) -> WalletView:
    """Close the caller's wallet, for good; it must be empty."""
    return view(desk, wallets.close(desk.ledger, own_wallet(desk, who).id))


def freeze(desk: Desk, wallet_id: str, who: Principal, reason: str) -> WalletView:
    """Freeze somebody's wallet."""
    act = did(desk.now, who.user_id, f"wallet/{wallet_id}", "freeze", reason)
    return view(desk, wallets.freeze(desk.ledger, wallet_id, who.user_id, reason, act))


def unfreeze(desk: Desk, wallet_id: str, who: Principal) -> WalletView:
    """Unfreeze somebody's wallet."""
    act = did(desk.now, who.user_id, f"wallet/{wallet_id}", "unfreeze")
    return view(desk, wallets.unfreeze(desk.ledger, wallet_id, act))


def locked(desk: Desk, owner: str) -> None:
    """The owner's account is locked: their money stays where it is. Told twice is once."""
    try:
        wallet = wallets.by_owner(desk.ledger, owner)
    except NoWallet:
        return
    if wallet.status == "open":
        wallets.freeze(desk.ledger, wallet.id, BY_LOCK, "account locked")


def unlocked(desk: Desk, owner: str) -> None:
    """The lock is over; what somebody froze for another reason stays frozen."""
    try:
        wallet = wallets.by_owner(desk.ledger, owner)
    except NoWallet:
        return
    if wallet.status == "frozen" and wallet.frozen_by == BY_LOCK:
        wallets.unfreeze(desk.ledger, wallet.id)


def limits(desk: Desk, who: Principal) -> Limits:
    """What the law lets the caller do, today."""
    wallet, today = own_wallet(desk, who), local_date(desk.now)
    book = desk.ledger.limits
    ceilings = [c for c in book.ceilings if c.holds(today)]
    step_ups = [s for s in book.step_ups if s.holds(today)]
    keys = [f"{period_key(c.period, desk.now)}#{c.limit_class}" for c in ceilings]
    keys += [f"{period_key('day', desk.now)}#without-passkey-{s.id}" for s in step_ups]
    spent = reading.spent(desk.ledger, wallet.id, keys)
    return Limits(
        day=today,
        ceilings=[
            Used(
                **c.model_dump(
                    include={"id", "name", "period", "limit_class", "most_vnd", "document",
                             "confirmed"}
                ),
                spent_vnd=used, left_vnd=max(c.most_vnd - used, 0),
            )
            for c, used in zip(ceilings, spent, strict=False)
        ],
        step_ups=[
            StepUpView(
                **s.model_dump(
                    include={"id", "single_vnd", "day_vnd", "new_device", "document", "confirmed"}
                ),
                kinds=sorted(s.kinds), without_passkey_today_vnd=used,
            )
            for s, used in zip(step_ups, spent[len(ceilings) :], strict=True)
        ],
    )  # fmt: skip


def erase(desk: Desk, subject: str) -> Erased:
    """Forget the name, the number and the bank account; the books stay, under an id, and so does
    what somebody did at work."""
    profile = desk.own.profile(subject)
    if profile is None:
        return Erased(items=0, kept_by_law=LAW if worked(desk, subject, 1) else None)
    if profile.name:
        desk.own.forget(profile)
    return Erased(items=1, kept_by_law=LAW)
