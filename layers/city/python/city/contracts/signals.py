"""Traffic signals as their controllers tell them, for the rules of cameras that watch a stop line.

Words of the field: a *controller* drives the *signal groups* of a junction (NTCIP 1202); what a
group shows is a movement's *event state* (SAE J2735 and ISO/TS 19091, SPaT). A *head* is named
`<controller>/<signal group>`.

What counts is what a head showed at a frame's own moment, not what was heard last. A controller
therefore tells with times, again and again, also when nothing changed: each report vouches for the
state up to its own time. Where nobody vouched the state is unknown, and nobody is accused.
"""

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

EventState = Literal[
    "unavailable",
    "dark",
    "stop-Then-Proceed",
    "stop-And-Remain",
    "pre-Movement",
    "permissive-Movement-Allowed",
    "protected-Movement-Allowed",
    "permissive-clearance",
    "protected-clearance",
    "caution-Conflicting-Traffic",
]
Lamp = Literal["red", "yellow", "green", "unknown"]
# Flashing red (stop, then proceed) and red with yellow are no red that somebody runs.
LAMPS: dict[EventState, Lamp] = {
    "stop-And-Remain": "red",
    "permissive-Movement-Allowed": "green",
    "protected-Movement-Allowed": "green",
    "permissive-clearance": "yellow",
    "protected-clearance": "yellow",
    "caution-Conflicting-Traffic": "yellow",
}
ControllerId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")]
SignalGroup = Annotated[int, Field(ge=1, le=255)]
# No cycle hides in so short a silence: the shortest yellow alone takes three seconds.
STALE = timedelta(seconds=3)


class PhaseEvent(BaseModel):
    """A group shows `event_state` since `began_at`; until `ended_at` if it is over already."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    signal_group: SignalGroup
    event_state: EventState
    began_at: AwareDatetime
    ended_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.ended_at is not None and self.ended_at < self.began_at:
            raise ValueError("hết trước khi bắt đầu|ends before it begins")
        return self


class PhaseReport(BaseModel):
    """`POST /v1/signals/{id}/phases`, once a second or oftener, by the controller's own clock.

    `sent_at` is the moment that the report vouches for: what has not ended still shows then. A
    report may repeat earlier ones; it may come twice, late, or in another order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sent_at: AwareDatetime
    phases: tuple[PhaseEvent, ...] = Field(min_length=1, max_length=100)


class Spell(BaseModel, frozen=True):
    """A state of a head: since when, and up to when somebody vouched for it."""

    state: EventState
    began_at: datetime
    known_until: datetime


class SignalHead(BaseModel, frozen=True):
    """The newest spells of a head, oldest first. `error_s` is how far its clock may be off."""

    head: str
    spells: tuple[Spell, ...] = ()
    error_s: float = 0.0

    def at(self, moment: datetime, error_s: float = 0.0) -> tuple[Lamp, datetime]:
        """What it showed at a moment, and the latest moment at which that may have begun.

        `error_s` is what the asker's clock may be off. A state is told only if it held at all
        moments that may be meant; otherwise it is unknown.
        """
        margin = timedelta(seconds=self.error_s + error_s)
        place = bisect_right(self.spells, moment, key=lambda spell: spell.began_at) - 1
        if place < 0:
            return "unknown", moment
        spell = self.spells[place]
        if moment - margin < spell.began_at or moment + margin > self._ends(place):
            return "unknown", moment
        return LAMPS.get(spell.state, "unknown"), spell.began_at + margin

    def settled(self, moment: datetime, silent_since: datetime, error_s: float = 0.0) -> bool:
        """Whether the answer about a moment is final, or was last vouched for too long ago."""
        if not self.spells:
            return True
        margin = timedelta(seconds=self.error_s + error_s)
        newest = self.spells[-1].known_until
        return moment + margin <= newest or newest + margin < silent_since

    def _ends(self, place: int) -> datetime:
        spell = self.spells[place]
        if place + 1 == len(self.spells):
            return spell.known_until
        following = self.spells[place + 1].began_at
        return following if following - spell.known_until <= STALE else spell.known_until


class SignalHeads(BaseModel, frozen=True):
    """What a worker gets of the heads that it asked for. Heads that nobody told of are missing."""

    heads: tuple[SignalHead, ...] = ()


def head_name(controller: str) -> str:
    """A rule's `controller` as a head: without a group the first one is meant."""
    return controller if "/" in controller else f"{controller}/1"
