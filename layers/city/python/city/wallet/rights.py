"""What the wallet holds of a person: handed over on request."""

from typing import Any

from city.ledger import reading, wallets
from city.ledger.problems import NoWallet
from city.wallet.desk import Desk, worked

PAYMENTS, PAGE = 5_000, 100
STAFF = frozenset({"handler", "proposed_by"})  # who worked on a dispute is not about its owner


def export(desk: Desk, subject: str) -> dict[str, Any]:
    """Wallet, payments and disputes, and what they did at work; empty if there is none."""
    done = worked(desk, subject)
    acts = {"acts": done} if done else {}
    try:
        wallet = wallets.by_owner(desk.ledger, subject)
    except NoWallet:
        return acts
    profile = desk.own.profile(subject)
    found: list[dict[str, Any]] = []
    after: str | None = None
    while len(found) < PAYMENTS:
        page, after = reading.history(desk.ledger, wallet.account, limit=PAGE, after=after)
        found += [payment.model_dump(mode="json", exclude_defaults=True) for payment in page]
        if after is None:
            break
    rows, _ = desk.own.table.query(f"U#{subject}", prefix="D#", limit=1000)
    keys = [(row.sk, "A") for row in rows]
    disputes = desk.own.table.get_many(keys)
    held = wallets.purse(desk.ledger, wallet.id)
    return {
        "wallet": {
            **wallet.model_dump(mode="json", exclude={"frozen_by"}),
            "available_vnd": held.avail_vnd,
            "held_vnd": held.held_vnd,
            "receiving_alias": desk.own.alias(subject)[0],
            "profile": profile.model_dump(mode="json", exclude={"phone_mark"}) if profile else None,
        },
        "payments": found,
        "disputes": [
            {name: told for name, told in row.doc.items() if name not in STAFF}
            for row in disputes.values()
        ],
        **acts,
    }
