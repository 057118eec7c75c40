"""One's own code for receiving: a VietQR that names an alias of the wallet and nothing else.

The alias is drawn at random and leads to the wallet; a telephone number, a name or an account is
neither in the code nor found by it. Who scans it is told the masked name, counted like every
look-up. A new alias makes all earlier codes worthless.
"""

from city.adapters.table import CommitConflict
from city.bank.vietqr import WALLET_ALIAS, Service, VietQr, drawn, write
from city.kernel.people import Principal
from city.kernel.problems import Conflict
from city.ledger.model import Wallet
from city.ledger.problems import PayeeClosed
from city.wallet.banking import SANDBOX_BIN
from city.wallet.desk import Desk, own_wallet
from city.wallet.moving import masked_name
from city.wallet.shapes import ReceivingCode, ReceivingQuery

LETTERS = 14  # of the sixteen random ones of an id: 70 bits


def code(desk: Desk, query: ReceivingQuery, who: Principal) -> ReceivingCode:
    """The caller's code, with an amount and a message if wanted; the alias is drawn when it is
    first asked for.

    Raises:
        NoWallet: the caller has none. PayeeClosed: it takes nothing any more.
    """
    wallet = _open(desk, who)
    alias, version = desk.own.alias(who.user_id)
    return _code(desk, query, who, alias or _drawn(desk, wallet, version))


def renew(desk: Desk, who: Principal) -> ReceivingCode:
    """Another alias; codes with the old one lead nowhere.

    Raises:
        NoWallet, PayeeClosed. Conflict: it was renewed at the same time.
    """
    wallet = _open(desk, who)
    _, version = desk.own.alias(who.user_id)
    return _code(desk, ReceivingQuery(), who, _drawn(desk, wallet, version))


def _open(desk: Desk, who: Principal) -> Wallet:
    wallet = own_wallet(desk, who)
    if wallet.status == "closed":
        raise PayeeClosed
    return wallet


def _drawn(desk: Desk, wallet: Wallet, version: int) -> str:
    alias = WALLET_ALIAS + desk.ledger.new_id(desk.now)[-LETTERS:]
    try:
        desk.own.keep_alias(wallet.owner, wallet.id, alias, version)
    except CommitConflict as error:
        raise Conflict from error
    return alias


def _code(desk: Desk, query: ReceivingQuery, who: Principal, alias: str) -> ReceivingCode:
    text = write(
        VietQr(
            bank_bin=SANDBOX_BIN,
            account=alias,
            service=Service.ACCOUNT,
            amount_vnd=query.amount_vnd,
            purpose=query.memo,
        )
    )
    profile = desk.own.profile(who.user_id)
    return ReceivingCode(
        alias=alias,
        payload=text,
        svg=drawn(text),
        amount_vnd=query.amount_vnd,
        seen_as=masked_name(profile.name) if profile else "",
    )
