"""A door, its messages and a device that holds passkeys, for the tests of identity."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from authenticator import SITE, Authenticator
from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.adapters.tokens import read
from city.identity import passkeys, profile, service
from city.identity.door import Door
from city.identity.model import Device, Tokens
from city.identity.passkeys import Assertion, NewPasskey
from city.identity.profile import Declared
from city.identity.store import People
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.kernel.reference import Reference
from signing import KEYS, TRUST
from world import MONDAY, SECRET, RecordingBus, small_city

PHONE = "0901234567"
CODE = "123456"
DATA = Path(__file__).parents[3] / "infra" / "seed" / "data"
ADMIN = Principal(user_id="admin", roles=frozenset({"citizen", "administrator"}))


def declaring_city() -> Reference:
    """A small city with the words that are really declared."""
    words = json.loads((DATA / "declarations.json").read_text())
    return small_city().model_copy(update={"more": {"declarations": words}})


def declaration(city: Reference, purpose: str = "registration") -> Declared:
    """The words in force, accepted."""
    shown = profile.words(city, purpose, House.now.date())
    return Declared(purpose=purpose, version=shown.version, sha256=shown.sha256)


class Messages(list[dict[str, Any]]):
    """A gateway that remembers."""

    def send(self, body: dict[str, Any]) -> None:
        self.append(body)


@dataclass
class House:
    """Everything of one test."""

    table: Table = field(default_factory=MemoryTable)
    bus: RecordingBus = field(default_factory=RecordingBus)
    messages: Messages = field(default_factory=Messages)
    revoked: list[str] = field(default_factory=list)
    now: datetime = MONDAY
    sandbox: bool = False

    def __post_init__(self) -> None:
        self._ids = count(1)
        self._tokens = count(1)

    def door(self) -> Door:
        return Door(
            people=People(self.table),
            sms=self.messages,
            secret=SECRET,
            signer=KEYS,
            now=self.now,
            new_id=lambda moment: ulid(moment, next(self._ids)),
            sandbox=self.sandbox,
            outbox=Outbox(self.table, self.bus),
            revoke=self.revoked.append,
            draw_code=lambda: CODE,
            draw_token=lambda: f"token-{next(self._tokens)}",
        )

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def sign_in(self, phone: str = PHONE, device: str = "") -> tuple[Tokens, Principal]:
        """Somebody signs in."""
        service.demand(self.door(), phone, "10.0.0.1")
        made = service.sign_in(self.door(), phone, CODE, "10.0.0.1", Device(name=device))
        return made, self.who(made)

    def who(self, tokens: Tokens) -> Principal:
        return read(tokens.access_token, TRUST, self.now)

    def add_passkey(self, who: Principal, device: Authenticator) -> None:
        options = passkeys.creation(self.door(), who, SITE)
        body = NewPasskey(name="Điện thoại", credential=device.create(options))
        passkeys.add(self.door(), who, body, SITE)

    def step_up(self, who: Principal, device: Authenticator) -> Principal:
        options = passkeys.request(self.door(), who, SITE)
        body = Assertion(credential=device.get(options))
        return self.who(passkeys.step_up(self.door(), who, body, SITE))

    def said(self, happened: str) -> list[dict[str, Any]]:
        return [e.data for e in self.bus.events if e.type.endswith(f"{happened}.v1")]


Act = Callable[[], object]
