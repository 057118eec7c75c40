"""What a person declares about themselves, and for whose truth they answer in law."""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from city.adapters.table import CommitConflict
from city.adapters.tokens import ATTESTATION
from city.contracts.identity import ProfileChanged
from city.identity.door import Door
from city.identity.model import Verified
from city.identity.store import changed, declaration
from city.kernel.clock import local_date, stamp
from city.kernel.page import Page
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.reference import Reference
from city.kernel.text import Text

ATTESTATION_LIFE = timedelta(minutes=5)
AUDIENCES = ("hue-s/cards", "hue-s/fanout", "hue-s/wallet")
# Who is told the number: one sends short messages, the other is paid by it.
BY_PHONE = ("hue-s/fanout", "hue-s/wallet")


def plain_name(words: str) -> str:
    """A name in one form, whichever keyboard it was typed on: NFC, single spaces.

    Raises:
        ValueError: not a name.
    """
    name = " ".join(unicodedata.normalize("NFC", words).split())
    if len(name) < 2 or not name.isprintable() or not any(letter.isalpha() for letter in name):
        raise ValueError("Họ tên chưa hợp lệ.|This is no name.")
    return name


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

    name: Annotated[str, Field(max_length=120), AfterValidator(plain_name)]
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


def words(city: Reference, purpose: str, on: date) -> DeclarationText:
    """The words in force for a purpose on a day. Older versions stay in the data: they are what
    people declared.

    Raises:
        NotFound: no such purpose.
    """
    versions: list[Mapping[str, Any]] = [
        each
        for each in city.more.get("declarations", [])
        if each["purpose"] == purpose and date.fromisoformat(each["valid_from"]) <= on
    ]
    if not versions:
        raise NotFound(what=purpose)
    found = max(versions, key=lambda each: str(each["valid_from"]))
    text = Text.model_validate(found["text"])
    digest = hashlib.sha256(f"{text.vi}\n{text.en}".encode()).hexdigest()
    return DeclarationText(purpose=purpose, version=found["version"], sha256=digest, text=text)


def declare(
    door: Door, city: Reference, who: Principal, body: Profile, device: str, channel: str
) -> None:
    """Save a profile together with the declaration. What the provider vouched for is not ours to
    change.

    Raises:
        Invalid: the words are not those in force, the unit is unknown, the name or the date of
            birth is verified and another.
        Conflict: it was changed elsewhere at the same moment.
    """
    account, version = door.known(who.user_id)
    purpose = "profile_change" if account.registered else "registration"
    today = local_date(door.now)
    shown = words(city, purpose, today)
    if body.declaration != Declared(**shown.model_dump(exclude={"text"})):
        raise invalid(
            "declaration",
            "Nội dung cam kết đã có bản mới. Đọc lại rồi xác nhận.",
            "The declaration has a newer version. Read it and confirm again.",
        )
    if body.home_unit and city.unit(body.home_unit, today) is None:
        raise invalid("home_unit", "Không có phường, xã này.", "There is no such unit.")
    if body.birth_date and not date(1900, 1, 1) <= body.birth_date <= today:
        raise invalid("birth_date", "Ngày sinh không hợp lệ.", "This is no date of birth.")
    if account.verified:
        _not_against(account.verified, body)
    after = account.model_copy(
        update={
            "name": body.name,
            "birth_date": body.birth_date or account.birth_date,
            "home_unit": body.home_unit,
            "registered": True,
        }
    )
    record = Declaration(
        **shown.model_dump(exclude={"text"}),
        at=stamp(door.now),
        device=device,
        channel=channel,
        fields=body.model_dump(mode="json", include={"name", "birth_date", "home_unit"}),
    )
    kept = declaration(account.id, record.at, record.model_dump())
    try:
        door.commit(
            [changed(after, version), kept], ProfileChanged(user_id=account.id, at=door.now)
        )
    except CommitConflict as error:
        raise Conflict from error


def _not_against(seen: Verified, body: Profile) -> None:
    if body.name != plain_name(seen.name):
        raise invalid(
            "name",
            "Tên đã xác minh chỉ đổi được khi xác minh lại.",
            "A verified name changes only by verifying again.",
        )
    if seen.birth_date and body.birth_date not in (None, seen.birth_date):
        raise invalid(
            "birth_date",
            "Ngày sinh đã xác minh chỉ đổi được khi xác minh lại.",
            "A verified date of birth changes only by verifying again.",
        )


def declarations(door: Door, who: Principal) -> Page[Declaration]:
    """What one declared, newest first."""
    door.known(who.user_id)
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
    account = door.known(who.user_id)[0].at(door.now)
    seen = account.verified
    born = (seen.birth_date if seen else None) or account.birth_date
    end = door.now + ATTESTATION_LIFE
    claims = {
        "iss": door.signer.issuer,
        "aud": body.audience,
        "sub": account.id,
        "jti": door.new_id(door.now),
        "iat": door.now.timestamp(),
        "exp": int(end.timestamp()),
        "acr": "2" if seen else "1",
        "name": seen.name if seen else account.name,
        "birth_date": born.isoformat() if born else None,
        "home_unit": account.home_unit,
        "roles": sorted(account.roles),
    }
    if body.audience in BY_PHONE:
        claims |= {"phone": account.phone}
    signed = door.signer.sign(claims, door.now, ATTESTATION)
    return Attestation(attestation=signed, expires_in=int(ATTESTATION_LIFE.total_seconds()))
