"""Demo people's wallets, filled the way everybody's are: collected from an account at the bank.

The bank is the simulator, so its book and ours begin equal: what people hold here is what the
guarantee account has there.
"""

from datetime import datetime
from typing import Any

import httpx

WHOSE = {  # telephone: (name as at the bank, what is topped up, what is left at the bank)
    "+84900000001": ("Nguyễn Thị Lan", 5_000_000, 45_000_000),
    "+84900000002": ("Trần Văn Minh", 3_000_000, 20_000_000),
    "+84900000003": ("Lê Hoàng Nam", 1_500_000, 10_000_000),
    "+84900000004": ("Phạm Thu Hà", 2_000_000, 30_000_000),
    "+84900000022": ("Đỗ Quang Huy", 8_000_000, 90_000_000),
}
BIN = "999946"


def account_of(phone: str) -> str:
    """The made-up account number of a demo person."""
    return f"77{phone[-8:]}"


def main(owners: dict[str, str]) -> None:
    """Open each wallet once and top it up once; `owners` are account ids by telephone number."""
    from city.adapters.settings import settings
    from city.adapters.stores import table
    from city.bank.client import HttpBank
    from city.kernel.clock import utc_now
    from city.ledger.opening import open_ledger
    from city.wallet.desk import Desk
    from city.wallet.store import Wallets

    if not settings().bank_url:
        return
    at = Desk(
        ledger=open_ledger(),
        own=Wallets(table("wallet"), settings().token_secret),
        bank=HttpBank(settings().bank_url, settings().bank_key, utc_now),
        attested=_nobody,
    )
    done = sum(_one(at, owners[phone], phone, *told) for phone, told in WHOSE.items())
    if done:
        print(f"  {done} demo wallets, topped up from the simulated bank", flush=True)


def _nobody(_: str, __: datetime) -> dict[str, Any]:
    raise PermissionError("seeding reads no attestations")


def _one(at: Any, owner: str, phone: str, name: str, top_up_vnd: int, left_vnd: int) -> bool:
    from city.adapters.settings import settings
    from city.bank.port import BankAccount
    from city.ledger import payments
    from city.ledger.model import ESCROW, ClientKey, Kind, Order
    from city.wallet import banking, opening
    from city.wallet.store import Profile

    key = ClientKey(principal="seed", route="top-ups", key=f"seed-{phone}")
    if payments.find(at.ledger, key):
        return False
    told = {"bank_bin": BIN, "account": account_of(phone), "holder": name}
    httpx.post(
        f"{settings().bank_url}/_accounts", json={**told, "balance_vnd": top_up_vnd + left_vnd}
    ).raise_for_status()
    view = opening.enrol(at, owner, Profile(
        owner=owner, wallet_id="", name=name, bank=BankAccount.model_validate(told),
        phone_mark=at.own.phone_mark(phone), attested_at=at.now,
    ))  # fmt: skip
    begun = payments.begin(at.ledger, Order(
        kind=Kind.TOP_UP, owner=owner, source=ESCROW, target=f"wallet:{view.id}",
        amount_vnd=top_up_vnd, key=key, stepped_up=True, memo="Nạp ví Hue-S",
    ))  # fmt: skip
    banking.carry_out(at, begun.id)
    return True
