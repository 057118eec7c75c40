"""What a person may ask of us by law: everything we hold of them, and to be forgotten."""

from typing import Any

from city.adapters import acts
from city.adapters.holder import Erased
from city.adapters.table import CommitConflict
from city.contracts.identity import AccountErased
from city.identity.devices import end_all
from city.identity.door import Door, phone_key
from city.identity.locks import Appeal
from city.identity.store import changed_appeal, forgotten
from city.kernel.problems import Conflict

ATTEMPTS = 5
KEPT_BY = "Điều khoản sử dụng; Luật Giao dịch điện tử 20/2023/QH15"
SEALED = "hmac-sha256:"


def export(door: Door, user_id: str) -> dict[str, Any]:
    """Everything about a person here, and what they did about others' accounts. Hashes, keys and
    the officers' own ids are not about them."""
    held = door.people.account(user_id)
    if held is None:
        return {}
    return {
        "account": held[0].model_dump(mode="json", exclude={"identity_hash": True, "lock": {"by"}}),
        "declarations": door.people.declared(user_id),
        "devices": [
            session.model_dump(mode="json", exclude={"current", "device_key"})
            for _, session, _ in door.people.devices(user_id)
        ],
        "passkeys": [
            {k: doc[k] for k in ("name", "created_at", "used_at")}
            for doc, _ in door.people.passkeys(user_id)
        ],
        "appeals": [
            Appeal.model_validate(row.doc).model_dump(
                mode="json", exclude={"decided_by": True, "lock": {"by"}}
            )
            for row in door.people.appeals_of(user_id)
        ],
        **acts.export(door.people.table, user_id),
    }


def erase(door: Door, user_id: str) -> Erased:
    """Pseudonymise an account; run again it finishes what an earlier run began.

    What was declared stays, since the person answers for its truth in law: the words, the time,
    and of each field only a keyed hash. Whoever brings the field can have it confirmed; nobody
    can read it out. What somebody did about others' accounts stays as well.
    """
    held = door.people.account(user_id)
    if held is None:
        return Erased(0)
    if not held[0].erased:
        _forget(door, user_id)
    end_all(door, user_id, "erased")
    passkeys = door.people.passkeys(user_id)
    for doc, _ in passkeys:
        door.people.drop_passkey(user_id, doc["id"])
    appeals = _silenced(door, user_id)
    door.people.redeclare(user_id, lambda doc: _sealed(door, user_id, doc))
    declared = KEPT_BY if door.people.declared(user_id) else None
    worked = acts.erase(door.people.table, user_id).kept_by_law
    return Erased(1 + len(passkeys) + appeals, "; ".join(filter(None, [declared, worked])) or None)


def _forget(door: Door, user_id: str) -> None:
    for _ in range(ATTEMPTS):
        held = door.people.account(user_id)
        if held is None or held[0].erased:
            return
        account, version = held
        gone = AccountErased(user_id=user_id, at=door.now)
        try:
            door.commit(forgotten(account, version, phone_key(door, account.phone)), gone)
        except CommitConflict:
            continue
        return
    raise Conflict


def _silenced(door: Door, user_id: str) -> int:
    """Appeals stay as decisions, without what was said in them."""
    rows = door.people.appeals_of(user_id)
    for row in rows:
        said = Appeal.model_validate(row.doc)
        lock = said.lock.model_copy(update={"note": ""}) if said.lock else None
        bare = said.model_copy(update={"text": "", "note": "", "lock": lock})
        door.commit([changed_appeal(row, bare.model_dump(mode="json"))])
    return len(rows)


def _sealed(door: Door, user_id: str, doc: dict[str, Any]) -> dict[str, Any]:
    if doc.get("sealed"):
        return doc
    fields = {
        name: value and SEALED + door.keyed(f"declared|{user_id}|{name}", str(value))
        for name, value in doc["fields"].items()
    }
    return {**doc, "device": "", "fields": fields, "sealed": True}
