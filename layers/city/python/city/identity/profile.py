"""What a person declares about themselves, and for whose truth they answer in law."""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from city.adapters.holder import Erased
from city.adapters.table import CommitConflict
from city.adapters.tokens import ATTESTATION
from city.contracts.identity import AccountErased, ProfileChanged
from city.identity.devices import end_all
from city.identity.model import Account
from city.identity.service import Door, known, phone_key
from city.kernel.clock import stamp
from city.kernel.page import Page
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.reference import Reference
from city.kernel.text import Text

ATTESTATION_LIFE = timedelta(minutes=5)
AUDIENCES = ("hue-s/cards",)
KEPT_BY = "Điều khoản sử dụng; Luật Giao dịch điện tử 20/2023/QH15"


class DeclarationText(BaseModel):
    """The words that a person declares, one version of them."""

    purpose: str
    version: str
    sha256: str
    text: Text


class Declared(BaseModel):
    """Which words were shown and accepted."""

    model_config = ConfigDict(extra="forbid")

    purpose: str = Field(max_length=40)
    version: str = Field(max_length=20)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Profile(BaseModel):
    """A person's profile with the declaration that it is true."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=2, max_length=120)
    birth_date: date | None = None
    home_unit: str | None = Field(None, max_length=20)
    declaration: Declared


class Declaration(BaseModel):
    """A declaration as it was made."""

    purpose: str
    version: str
    sha256: str
    at: str
    device: str
    channel: str
    fields: dict[str, Any]


class Audience(BaseModel):
    """For whom an attestation is."""

    model_config = ConfigDict(extra="forbid")

    audience: str = Field(max_length=60)


class Attestation(BaseModel):
    """Who somebody is, signed by the city for one reader and five minutes."""

    attestation: str
    expires_in: int


def words(city: Reference, purpose: str) -> DeclarationText:
    """The words in force for a purpose.

    Raises:
        NotFound: no such purpose.
    """
    found: Mapping[str, Any] | None = next(
        (d for d in city.more.get("declarations", []) if d["purpose"] == purpose), None
    )
    if found is None:
        raise NotFound(what=purpose)
    text = Text.model_validate(found["text"])
    digest = hashlib.sha256(f"{text.vi}\n{text.en}".encode()).hexdigest()
    return DeclarationText(purpose=purpose, version=found["version"], sha256=digest, text=text)


def declare(
    door: Door, city: Reference, who: Principal, body: Profile, device: str, channel: str
) -> None:
    """Save a profile together with the declaration. A verified name is the provider's, not ours
    to change.

    Raises:
        Invalid: the words are not those in force, the unit is unknown, the name is verified.
        Conflict: it was changed elsewhere at the same moment.
    """
    account, version = known(door, who.user_id)
    purpose = "profile_change" if account.registered else "registration"
    shown = words(city, body.declaration.purpose)
    given = body.declaration
    if (given.version, given.sha256) != (shown.version, shown.sha256):
        raise invalid(
            "declaration",
            "Nội dung cam kết đã có bản mới. Đọc lại rồi xác nhận.",
            "The declaration has a newer version. Read it and confirm again.",
        )
    today = door.now.date()
    if body.home_unit and city.unit(body.home_unit, today) is None:
        raise invalid("home_unit", "Không có phường, xã này.", "There is no such unit.")
    if body.birth_date and not date(1900, 1, 1) <= body.birth_date <= today:
        raise invalid("birth_date", "Ngày sinh không hợp lệ.", "This is no date of birth.")
    if account.verified and body.name != account.verified.name:
        raise invalid(
            "name",
            "Tên đã xác minh chỉ đổi được khi xác minh lại.",
            "A verified name changes only by verifying again.",
        )
    fields = body.model_dump(mode="json", include={"name", "birth_date", "home_unit"})
    after = account.model_copy(
        update={
            "name": body.name,
            "birth_date": body.birth_date or account.birth_date,
            "home_unit": body.home_unit,
            "registered": True,
        }
    )
    record = Declaration(
        **given.model_dump(exclude={"purpose"}),
        purpose=purpose,
        at=stamp(door.now),
        device=device,
        channel=channel,
        fields=fields,
    )
    try:
        door.people.declare(after, version, stamp(door.now), record.model_dump())
    except CommitConflict as error:
        raise Conflict from error
    changed = ProfileChanged(user_id=account.id, at=door.now)
    door.outbox.commit([], [(door.new_id(door.now), changed, door.now)])


def declarations(door: Door, who: Principal) -> Page[Declaration]:
    """What one declared, newest first."""
    known(door, who.user_id)
    return Page(
        items=[Declaration.model_validate(doc) for doc in door.people.declared(who.user_id)]
    )


def attest(door: Door, who: Principal, body: Audience) -> Attestation:
    """Say who the caller is, for one reader.

    Raises:
        Invalid: nobody of ours reads such attestations.
    """
    if body.audience not in AUDIENCES:
        raise invalid("audience", "Không có nơi nhận này.", "There is no such reader.")
    account, _ = known(door, who.user_id)
    end = door.now + ATTESTATION_LIFE
    claims = {
        "iss": door.signer.issuer,
        "aud": body.audience,
        "sub": account.id,
        "jti": door.new_id(door.now),
        "iat": door.now.timestamp(),
        "exp": int(end.timestamp()),
        "acr": "2" if account.verified else "1",
        "name": account.name,
        "birth_date": account.birth_date.isoformat() if account.birth_date else None,
        "home_unit": account.home_unit,
        "roles": sorted(account.roles),
    }
    signed = door.signer.sign(claims, door.now, ATTESTATION)
    return Attestation(attestation=signed, expires_in=int(ATTESTATION_LIFE.total_seconds()))


def export(door: Door, user_id: str) -> dict[str, Any]:
    """Everything about a person here."""
    held = door.people.account(user_id)
    if held is None:
        return {}
    return {
        "account": held[0].model_dump(mode="json", exclude={"identity_hash"}),
        "declarations": door.people.declared(user_id),
        "devices": [
            session.model_dump(mode="json", exclude={"current"})
            for _, session, _ in door.people.devices(user_id)
        ],
        "passkeys": [
            {k: doc[k] for k in ("name", "created_at", "used_at")}
            for doc, _ in door.people.passkeys(user_id)
        ],
    }


def erase(door: Door, user_id: str) -> Erased:
    """Pseudonymise an account. What was declared stays as long as the person answers for it, under
    an id that leads to nobody."""
    held = door.people.account(user_id)
    if held is None or held[0].erased:
        return Erased(0)
    account, version = held
    end_all(door, user_id, "erased")
    passkeys = door.people.passkeys(user_id)
    for doc, _ in passkeys:
        door.people.drop_passkey(user_id, doc["id"])
    if account.identity_hash:
        door.people.free_identity(account.identity_hash)
    bare = Account(id=account.id, phone="", erased=True, created_at=account.created_at)
    door.people.erase(bare, version, phone_key(door, account.phone))
    gone = AccountErased(user_id=user_id, at=door.now)
    door.outbox.commit([], [(door.new_id(door.now), gone, door.now)])
    declared = door.people.declared(user_id)
    return Erased(1 + len(passkeys), KEPT_BY if declared else None)
