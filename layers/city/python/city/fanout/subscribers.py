"""Who wants to hear of what, where: preferences, saved places and devices of each person."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field, field_validator

from city.adapters.table import (
    ABSENT,
    CommitConflict,
    Delete,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.fanout.audience import Subscriber
from city.fanout.model import Address, Entry
from city.kernel.ids import NewId
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.text import Language

PLACES, DEVICES = 5, 10
BUCKETS = 8  # shards of one unit's people
ATTEMPTS = 5
NOWHERE = "-"


class NewPlace(BaseModel):
    """A place to be warned about. `unit` is the commune it lies in, found by the server."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60)
    lat: float = Field(ge=8, le=24)
    lon: float = Field(ge=102, le=118)
    home: bool = False


class Place(NewPlace):
    """A saved place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    unit: str


class Here(BaseModel, frozen=True):
    """Where somebody was last, as far as they agreed to say: an H3 cell of resolution 8 (about
    0.7 km²) and its centre, never the point; gone after a day."""

    cell: str
    lat: float
    lon: float
    unit: str
    until: datetime


class Preferences(BaseModel):
    """How a person wants to be told. Quiet hours are hours of the day in Huế; equal means none.
    What is extreme comes at any hour and cannot be muted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Language = "vi"
    quiet_from: int = Field(22, ge=0, le=23)
    quiet_to: int = Field(6, ge=0, le=23)
    muted: frozenset[str] = frozenset()
    exercise: bool = False

    @field_validator("muted")
    @classmethod
    def _few(cls, muted: frozenset[str]) -> frozenset[str]:
        if len(muted) > 32:
            raise ValueError("Tối đa 32 loại.|At most 32 kinds.")
        return muted


class Person(BaseModel, frozen=True):
    """A subscriber's row."""

    id: str
    roles: frozenset[str] = frozenset({"citizen"})
    preferences: Preferences = Preferences()
    places: tuple[Place, ...] = ()
    here: Here | None = None
    devices: tuple[Address, ...] = ()

    @property
    def spots(self) -> tuple[tuple[str, float, float, str], ...]:
        """Everywhere they want to hear of: name, latitude, longitude, commune. The last cell has
        no name."""
        saved = tuple((p.name, p.lat, p.lon, p.unit) for p in self.places)
        here = self.here
        return (*saved, ("", here.lat, here.lon, here.unit)) if here else saved

    @property
    def shard(self) -> str:
        """Where the builder finds them: near others of the same commune."""
        home = next((p for p in self.places if p.home), self.places[0] if self.places else None)
        return f"{home.unit if home else NOWHERE}.{crc32(self.id.encode()) % BUCKETS}"

    def subscriber(self) -> Subscriber:
        """As the audience counts them."""
        told = self.preferences
        return Subscriber(
            id=self.id,
            roles=self.roles,
            language=told.language,
            muted=told.muted,
            quiet=(told.quiet_from, told.quiet_to),
            exercise=told.exercise,
            places=tuple((lat, lon, unit) for _, lat, lon, unit in self.spots),
            channels=tuple(d.channel for d in self.devices),
        )

    def entry(self) -> Entry:
        """As a slice needs them."""
        return Entry(language=self.preferences.language, addresses=self.devices)


def _mark(person: Person, version: int) -> Row:
    """A change's own mark: whoever builds the shard takes away the marks they saw, no others."""
    return Row("DIRTY", f"{person.shard}#{person.id}#{version}")


class Subscribers:
    """The rows of everybody."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, user_id: str) -> tuple[Person, int]:
        """A person and the row's version; somebody new has defaults and ABSENT."""
        row = self._table.get(f"U#{user_id}", "SUB")
        if row is None:
            return Person(id=user_id), ABSENT
        return Person.model_validate(row.doc), row.version

    def save(self, before: Person, after: Person, version: int) -> None:
        """Keep a change where it is read and where the builder finds it, and mark the shards.

        Raises:
            CommitConflict: it changed in the meantime.
        """
        doc = after.model_dump(mode="json")
        operations: list[Operation] = [
            Put(Row(f"U#{after.id}", "SUB", doc, version=max(version, 0) + 1), version),
            Put(Row(f"SUBS#{after.shard}", after.id, doc)),
            Put(_mark(after, version)),
        ]
        if version != ABSENT and before.shard != after.shard:
            operations += [
                Delete(f"SUBS#{before.shard}", before.id),
                Put(_mark(before, version)),
            ]
        self._table.commit(*operations)

    def forget(self, user_id: str) -> int:
        """Remove a person altogether; how many things went."""
        person, version = self.get(user_id)
        if version == ABSENT:
            return 0
        self._table.commit(
            Delete(f"U#{user_id}", "SUB", version),
            Delete(f"SUBS#{person.shard}", user_id),
            Delete(f"U#{user_id}", "CONSENT"),
            Put(_mark(person, version)),
        )
        return 1 + len(person.places) + len(person.devices)

    def of_shard(self, shard: str) -> list[Person]:
        """Everybody of a shard."""
        rows = everything(self._table, f"SUBS#{shard}", bound=50_000)
        return [Person.model_validate(row.doc) for row in rows]


def change(people: Subscribers, user_id: str, roles: frozenset[str], **changes: object) -> Person:
    """Replace fields of a person's row; their roles follow the token they come with.

    Raises:
        Conflict: it kept changing elsewhere.
    """
    for _ in range(ATTEMPTS):
        before, version = people.get(user_id)
        after = before.model_copy(update={"roles": roles, **changes})
        try:
            people.save(before, after, version)
        except CommitConflict:
            continue
        return after
    raise Conflict


def add_place(
    people: Subscribers, user_id: str, roles: frozenset[str], body: NewPlace, unit: str | None,
    new_id: NewId, now: datetime,
) -> Place:  # fmt: skip
    """Save a place.

    Raises:
        Invalid: outside the city, or there are five already.
        Conflict: it kept changing elsewhere.
    """
    if unit is None:
        raise invalid("lat", "Điểm này nằm ngoài thành phố.", "This point is outside the city.")
    held = people.get(user_id)[0].places
    if len(held) >= PLACES:
        raise invalid("name", f"Tối đa {PLACES} nơi.", f"At most {PLACES} places.")
    made = Place(**body.model_dump(), id=new_id(now), unit=unit)
    others = tuple(p.model_copy(update={"home": False}) if made.home else p for p in held)
    change(people, user_id, roles, places=(*others, made))
    return made


def remove_place(people: Subscribers, user_id: str, roles: frozenset[str], place_id: str) -> None:
    """Forget a place.

    Raises:
        NotFound: not one of this person's.
    """
    held = people.get(user_id)[0].places
    left = tuple(p for p in held if p.id != place_id)
    if len(left) == len(held):
        raise NotFound(what="nơi đã lưu / saved place")
    change(people, user_id, roles, places=left)


def add_device(people: Subscribers, user_id: str, roles: frozenset[str], device: Address) -> Person:
    """Add or renew a device; the oldest gives way when there are too many."""
    held = people.get(user_id)[0].devices
    others = tuple(d for d in held if d.id != device.id and d.endpoint != device.endpoint)
    return change(people, user_id, roles, devices=(*others, device)[-DEVICES:])


def remove_device(people: Subscribers, user_id: str, device_id: str) -> bool:
    """Forget a device; False when it was gone."""
    for _ in range(ATTEMPTS):
        before, version = people.get(user_id)
        left = tuple(d for d in before.devices if d.id != device_id)
        if len(left) == len(before.devices):
            return False
        try:
            people.save(before, before.model_copy(update={"devices": left}), version)
        except CommitConflict:
            continue
        return True
    return False


def forget_devices(people: Subscribers, gone: Sequence[Address]) -> None:
    """Forget devices whose subscriptions have ended (an id is `<user>/<device>`)."""
    for device in gone:
        remove_device(people, device.id.partition("/")[0], device.id)


def export(people: Subscribers, user_id: str) -> dict[str, object]:
    """Everything about a person here; a browser's keys are its own."""
    person, version = people.get(user_id)
    if version == ABSENT:
        return {}
    return {
        "preferences": person.preferences.model_dump(mode="json"),
        "places": [place.model_dump(mode="json") for place in person.places],
        "here": person.here.model_dump(mode="json") if person.here else None,
        "devices": [{"channel": d.channel, "endpoint": d.endpoint} for d in person.devices],
    }


def ensure(people: Subscribers, user_ids: Sequence[str]) -> None:
    """Give those a row who have none: a message for named persons counts each of them, also who
    never chose a place or a device."""
    for user_id in user_ids:
        person, version = people.get(user_id)
        if version == ABSENT:
            with suppress(CommitConflict):  # they made one themselves in this moment
                people.save(person, person, version)
