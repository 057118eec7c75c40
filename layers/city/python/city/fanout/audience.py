"""Who should hear of something: half a million people as sorted arrays, resolved in milliseconds.

A *snapshot* is made from the subscribers' rows, shard by shard, and kept as objects: numbers
only, no name and no telephone. A person may have several places (home, saved, the last consented
cell); they hear of an area when one of their places lies in it, once.

Arrays of a snapshot (numpy):

    person     roles uint32 (bit per role), language uint8 (0 vi, 1 en), muted uint32 (bit per
               kind), quiet uint8 pair (hours in Huế; equal means none), exercise bool
    place      person uint32, latitude and longitude float64, unit uint16 (index of commune)
    device     person uint32 (sorted), channel uint8
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from city.kernel.geo import EARTH_RADIUS_M

LANGUAGES = ("vi", "en")
CHANNELS = ("webpush", "fcm", "sms", "email")
QUIET_NONE = (0, 0)

Flags = NDArray[np.bool_]
Indexes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One person as the builder takes them."""

    id: str
    roles: frozenset[str] = frozenset({"citizen"})
    language: str = "vi"
    muted: frozenset[str] = frozenset()
    quiet: tuple[int, int] = QUIET_NONE
    exercise: bool = False
    places: tuple[tuple[float, float, str], ...] = ()
    channels: tuple[str, ...] = ()


class Circle(NamedTuple):
    """A circle: degrees and metres."""

    lat: float
    lon: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class Area:
    """Where. Parts add up; `everywhere` is the whole city, whatever else is said."""

    units: frozenset[str] = frozenset()
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everybody, as of a moment. See the module's text for the arrays."""

    version: str
    ids: NDArray[np.bytes_]
    roles: NDArray[np.uint32]
    language: NDArray[np.uint8]
    muted: NDArray[np.uint32]
    quiet: NDArray[np.uint8]
    exercise: Flags
    place_person: Indexes
    place_lat: NDArray[np.float64]
    place_lon: NDArray[np.float64]
    place_unit: NDArray[np.uint16]
    device_person: Indexes
    device_channel: NDArray[np.uint8]
    role_names: tuple[str, ...]
    kind_names: tuple[str, ...]
    unit_names: tuple[str, ...]

    @property
    def people(self) -> int:
        """How many persons."""
        return len(self.ids)

    def dumps(self) -> bytes:
        """As one object for the store."""
        out = io.BytesIO()
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {name: np.array(getattr(self, name), dtype=str) for name in _NAMES}
        np.savez(out, version=np.array(self.version), **arrays)
        return out.getvalue()

    @classmethod
    def loads(cls, raw: bytes) -> "Snapshot":
        """From the store."""
        with np.load(io.BytesIO(raw), allow_pickle=False) as held:
            fields: dict[str, Any] = {name: held[name] for name in _ARRAYS}
            fields |= {name: tuple(str(n) for n in held[name]) for name in _NAMES}
            return cls(version=str(held["version"]), **fields)


_NAMES = ("role_names", "kind_names", "unit_names")
_ARRAYS = (
    "ids", "roles", "language", "muted", "quiet", "exercise", "place_person", "place_lat",
    "place_lon", "place_unit", "device_person", "device_channel",
)  # fmt: skip


def _bits(names: Sequence[str], chosen: Iterable[str]) -> int:
    known = {name: i for i, name in enumerate(names)}
    return sum(1 << known[name] for name in chosen if name in known)


def build(
    version: str, people: Sequence[Subscriber], kinds: Sequence[str], roles: Sequence[str]
) -> Snapshot:
    """A snapshot of these people in the order of their ids. `kinds` and `roles` name the bits."""
    ordered = sorted(people, key=lambda p: p.id)
    role_names = tuple(roles)
    unit_names = tuple(sorted({place[2] for p in ordered for place in p.places}))
    if len(role_names) > 32 or len(kinds) > 32:
        raise ValueError("a snapshot knows at most 32 roles and 32 kinds")
    unit_of = {name: i for i, name in enumerate(unit_names)}
    places = [(i, *place) for i, p in enumerate(ordered) for place in p.places]
    devices = [(i, CHANNELS.index(c)) for i, p in enumerate(ordered) for c in p.channels]
    return Snapshot(
        version=version,
        ids=np.array([p.id.encode() for p in ordered], dtype="S32"),
        roles=np.array([_bits(role_names, p.roles) for p in ordered], dtype=np.uint32),
        language=np.array([LANGUAGES.index(p.language) for p in ordered], dtype=np.uint8),
        muted=np.array([_bits(kinds, p.muted) for p in ordered], dtype=np.uint32),
        quiet=np.array([p.quiet for p in ordered], dtype=np.uint8).reshape(-1, 2),
        exercise=np.array([p.exercise for p in ordered], dtype=bool),
        place_person=np.array([p[0] for p in places], dtype=np.uint32),
        place_lat=np.array([p[1] for p in places], dtype=np.float64),
        place_lon=np.array([p[2] for p in places], dtype=np.float64),
        place_unit=np.array([unit_of[p[3]] for p in places], dtype=np.uint16),
        device_person=np.array([d[0] for d in devices], dtype=np.uint32),
        device_channel=np.array([d[1] for d in devices], dtype=np.uint8),
        role_names=role_names,
        kind_names=tuple(kinds),
        unit_names=unit_names,
    )


def joined(version: str, parts: Sequence[Snapshot]) -> Snapshot:
    """Snapshots one after another: persons of the second follow those of the first.

    Raises:
        ValueError: the parts name their bits differently.
    """
    if len({(part.role_names, part.kind_names) for part in parts}) != 1:
        raise ValueError("parts of one snapshot name roles and kinds alike")
    units = tuple(sorted({name for part in parts for name in part.unit_names}))
    index = {name: i for i, name in enumerate(units)}
    offsets = np.cumsum([0, *(part.people for part in parts[:-1])])

    def all_of(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    def shifted(name: str) -> Indexes:
        pairs = zip(parts, offsets, strict=True)
        return np.concatenate([getattr(p, name) + np.uint32(o) for p, o in pairs])

    place_unit = [
        np.array([index[n] for n in part.unit_names], dtype=np.uint16)[part.place_unit]
        for part in parts
    ]
    plain = [n for n in _ARRAYS if n not in ("place_person", "device_person", "place_unit")]
    return Snapshot(
        version=version,
        place_person=shifted("place_person"),
        device_person=shifted("device_person"),
        place_unit=np.concatenate(place_unit),
        role_names=parts[0].role_names,
        kind_names=parts[0].kind_names,
        unit_names=units,
        **{name: all_of(name) for name in plain},
    )


def inside(lat: NDArray[np.float64], lon: NDArray[np.float64], area: Area) -> Flags:
    """Which points lie in a polygon or circle of an area; edges count as the even-odd rule says."""
    hit = np.zeros(len(lat), dtype=bool)
    for ring in area.polygons:
        lats = [p[0] for p in ring]
        lons = [p[1] for p in ring]
        near = np.flatnonzero(
            (lat >= min(lats)) & (lat <= max(lats)) & (lon >= min(lons)) & (lon <= max(lons)) & ~hit
        )
        hit[near] |= _in_ring(lat[near], lon[near], ring)
    for circle in area.circles:
        reach = np.degrees(circle.radius_m / EARTH_RADIUS_M)
        near = np.flatnonzero((np.abs(lat - circle.lat) <= reach) & ~hit)
        hit[near] |= _distance_m(lat[near], lon[near], circle) <= circle.radius_m
    return hit


def _in_ring(
    lat: NDArray[np.float64], lon: NDArray[np.float64], ring: Sequence[tuple[float, float]]
) -> Flags:
    odd = np.zeros(len(lat), dtype=bool)
    for (y1, x1), (y2, x2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > lat) != (y2 > lat)
        odd ^= crosses & (lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1)
    return odd


def _distance_m(
    lat: NDArray[np.float64], lon: NDArray[np.float64], circle: Circle
) -> NDArray[np.float64]:
    p1, p2 = np.radians(lat), np.radians(circle.lat)
    half = (
        np.sin((p2 - p1) / 2) ** 2
        + np.cos(p1) * np.cos(p2) * np.sin(np.radians(lon - circle.lon) / 2) ** 2
    )
    made: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(half)))
    return made


@dataclass(frozen=True, slots=True)
class Wanted:
    """To whom a message goes. `roles` None is everybody; `exercise` only those who enrolled."""

    area: Area
    roles: frozenset[str] | None = None
    kind: str = ""
    exercise: bool = False
    overrides_mute: bool = False


def in_area(people: Snapshot, area: Area) -> Flags:
    """Which persons have a place in an area."""
    if area.everywhere:
        return np.ones(people.people, dtype=bool)
    index = {name: i for i, name in enumerate(people.unit_names)}
    units = [index[name] for name in area.units if name in index]
    hit = np.zeros(len(people.place_unit), dtype=bool)
    if units:
        chosen = np.zeros(len(people.unit_names), dtype=bool)
        chosen[units] = True
        hit = chosen[people.place_unit]
    if area.polygons or area.circles:
        rest = np.flatnonzero(~hit)
        hit[rest] = inside(people.place_lat[rest], people.place_lon[rest], area)
    found = np.zeros(people.people, dtype=bool)
    found[people.place_person[hit]] = True
    return found


def resolve(people: Snapshot, wanted: Wanted) -> Indexes:
    """The persons a message is for, as sorted indexes. Nobody twice."""
    hit = in_area(people, wanted.area)
    hit &= people.exercise if wanted.exercise else np.True_
    if wanted.roles is not None:
        hit &= (people.roles & np.uint32(_bits(people.role_names, wanted.roles))) != 0
    if not wanted.overrides_mute:
        hit &= (people.muted & np.uint32(_bits(people.kind_names, {wanted.kind}))) == 0
    return np.flatnonzero(hit).astype(np.uint32)


def asleep(people: Snapshot, persons: Indexes, hour: int) -> Flags:
    """Which of these persons keep quiet hours at an hour of the day in Huế."""
    start, end = people.quiet[persons, 0], people.quiet[persons, 1]
    over_midnight = (start > end) & ((hour >= start) | (hour < end))
    same_day = (start < end) & (hour >= start) & (hour < end)
    sleeping: Flags = over_midnight | same_day
    return sleeping


def sizes(people: Snapshot, persons: Indexes) -> Mapping[str, int]:
    """For the composer's preview: people by language, devices by channel, people with none."""
    chosen = np.zeros(people.people, dtype=bool)
    chosen[persons] = True
    devices = chosen[people.device_person]
    reached = np.zeros(people.people, dtype=bool)
    reached[people.device_person[devices]] = True
    counted = {"people": len(persons)}
    for i, name in enumerate(LANGUAGES):
        counted[name] = int((people.language[persons] == i).sum())
    for i, name in enumerate(CHANNELS):
        counted[name] = int((devices & (people.device_channel == i)).sum())
    counted["inbox_only"] = int(len(persons) - reached[persons].sum())
    return counted
