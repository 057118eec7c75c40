"""What a boat's positions say, as a fold in the order of their own times.

Positions come late, twice and in any order. The newest of them are kept in a window sorted by time
and folded anew whenever one is added, so that the outcome depends on the set alone. What falls out
of the window is folded into `base` for good; a position older than that is kept in the track and
judged no more. The track itself is never changed: flags are derived here.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel

from city.kernel.clock import local_date
from city.vessels.model import MINUTE_MS, Boat, Book, Fix, Limits, Zone
from city.vessels.moments import moment
from city.vessels.sea import knots_between, margin_nm, port_at

WINDOW = 48
AIS_BUCKET_MS = 10 * MINUTE_MS
Flag = Literal["", "other_device", "suspect"]


class Line(StrEnum):
    """Where a boat stands to a line."""

    CLEAR = "CLEAR"
    APPROACH = "APPROACH"
    CROSSED = "CROSSED"


class Standing(BaseModel, frozen=True):
    """What is known of a boat and a line: `outside` counts fixes beyond it, one after another."""

    line: Line = Line.CLEAR
    margin: float
    outside: int = 0
    first_outside: int | None = None
    last_outside: int | None = None
    since: int


class Memory(BaseModel, frozen=True):
    """What the positions up to `folded` say: `heard` is the newest of a satellite terminal,
    `sailed` the first outside a port since the last one inside."""

    folded: int = -1
    heard: int | None = None
    active: str | None = None
    active_t: int = -1
    good: tuple[Any, ...] | None = None
    doubt: tuple[Any, ...] | None = None
    port: str | None = None
    sailed: int | None = None
    lines: dict[str, Standing] = {}

    @property
    def last(self) -> Fix | None:
        """The newest good position that counts."""
        return Fix(*self.good) if self.good else None


class Sailing(BaseModel, frozen=True):
    """Positions in order of time, and what all before them said."""

    base: Memory = Memory()
    window: tuple[tuple[Any, ...], ...] = ()

    @property
    def fixes(self) -> list[Fix]:
        """The window."""
        return [Fix(*packed) for packed in self.window]


def interval_ms(book: Book, boat: Boat, t: int) -> int | None:
    """How often a boat must report on the day of `t`; None where it need not."""
    duty = book.duty(boat, local_date(moment(t)))
    return duty.interval_min * MINUTE_MS if duty and duty.device and duty.interval_min else None


def late_ms(book: Book, boat: Boat, t: int) -> int | None:
    """After how long a boat is late."""
    interval = interval_ms(book, boat, t)
    return None if interval is None else round(interval * _limits(book, t).late_factor)


def _limits(book: Book, t: int) -> Limits:
    return book.limits_on(local_date(moment(t)))


def _rank(boat: Boat, device: str) -> int:
    """Terminals in the registry's order; AIS counts only while all of them are silent."""
    names = [each.id for each in boat.devices]
    return names.index(device) if device in names else len(names)


def _slot(fix: Fix) -> tuple[str, int]:
    """AIS speaks every few seconds: its newest word of ten minutes stands for the rest."""
    return fix.device, fix.t // AIS_BUCKET_MS if fix.source == "ais" else fix.t


def add(book: Book, boat: Boat, sailing: Sailing, fixes: Iterable[Fix]) -> Sailing:
    """The sailing with more positions; those older than its base change nothing."""
    held = {_slot(fix): fix for fix in sailing.fixes}
    for fix in fixes:
        slot = _slot(fix)
        if fix.t > sailing.base.folded and (slot not in held or held[slot].t < fix.t):
            held[slot] = fix
    ordered = sorted(held.values(), key=lambda f: (f.t, _rank(boat, f.device), f.device))
    over = max(0, len(ordered) - WINDOW)
    base = folded(book, boat, sailing.base, ordered[:over])
    return Sailing(base=base, window=tuple(tuple(fix) for fix in ordered[over:]))


def folded(book: Book, boat: Boat, memory: Memory, fixes: Iterable[Fix]) -> Memory:
    """The memory after some positions in order."""
    for fix in fixes:
        memory, _ = step(book, boat, memory, fix)
    return memory


def present(book: Book, boat: Boat, sailing: Sailing) -> Memory:
    """The memory after all positions that are known."""
    return folded(book, boat, sailing.base, sailing.fixes)


def step(book: Book, boat: Boat, memory: Memory, fix: Fix) -> tuple[Memory, Flag]:
    """One position more, and what is to be said of it.

    One device counts at a time: the first of the registry whenever it speaks, another only while
    that is late. A position that no boat could have reached is kept as doubtful; if the next one
    fits it and not the one before, the doubt was wrong.
    """
    heard = max(memory.heard or -1, fix.t) if fix.source == "vms" else memory.heard
    memory = memory.model_copy(update={"folded": fix.t, "heard": heard})
    if memory.active not in (None, fix.device):
        patience = late_ms(book, boat, fix.t) or AIS_BUCKET_MS
        outranked = _rank(boat, fix.device) > _rank(boat, str(memory.active))
        if outranked and fix.t - memory.active_t <= patience:
            return memory, "other_device"
    memory = memory.model_copy(update={"active": fix.device, "active_t": fix.t})
    limits, last = _limits(book, fix.t), memory.last
    if last and knots_between(last, fix) > limits.max_knots:
        doubt = Fix(*memory.doubt) if memory.doubt else None
        if doubt is None or knots_between(doubt, fix) > limits.max_knots:
            return memory.model_copy(update={"doubt": tuple(fix)}), "suspect"
    return _counted(book, memory, fix, limits), ""


def _counted(book: Book, memory: Memory, fix: Fix, limits: Limits) -> Memory:
    port = port_at(book.ports, fix.lat, fix.lon)
    zones = book.zones_on(local_date(moment(fix.t)))
    return memory.model_copy(
        update={
            "good": tuple(fix),
            "doubt": None,
            "port": port.id if port else None,
            "sailed": None if port else memory.sailed or fix.t,
            "lines": {z.id: _stands(memory.lines.get(z.id), z, fix, limits) for z in zones},
        }
    )


def _stands(before: Standing | None, zone: Zone, fix: Fix, limits: Limits) -> Standing:
    margin = margin_nm(zone, fix.lat, fix.lon)
    held = before or Standing(margin=margin, since=fix.t)
    if margin < 0:
        apart = held.last_outside is None or fix.t - held.last_outside >= limits.apart_s * 1000
        outside = held.outside + apart
        crossed = held.line is Line.CROSSED or outside >= limits.fixes_outside
        changes = {
            "line": Line.CROSSED if crossed else Line.APPROACH,
            "outside": outside,
            "first_outside": held.first_outside or fix.t,
            "last_outside": fix.t if apart else held.last_outside,
        }
    else:
        line = _inside(held.line, margin, zone, limits)
        kept = held.first_outside if line is Line.CROSSED else None
        changes = {"line": line, "outside": 0, "first_outside": kept, "last_outside": None}
    since = held.since if changes["line"] is held.line else fix.t
    return held.model_copy(update={**changes, "margin": round(margin, 3), "since": since})


def _inside(line: Line, margin: float, zone: Zone, limits: Limits) -> Line:
    """On the allowed side: what was crossed is clear only a mile within, an approach likewise."""
    if line is Line.CROSSED and margin < limits.clear_nm:
        return Line.CROSSED
    reach = zone.approach_nm + (limits.clear_nm if line is Line.APPROACH else 0)
    return Line.APPROACH if margin < reach else Line.CLEAR
