"""Why somebody was told, or was not: the question every warning system is asked afterwards."""

from typing import Literal

from pydantic import BaseModel

from city.fanout.model import Posted
from city.fanout.service import Hub, own_box, reasons
from city.fanout.subscribers import Person
from city.kernel.problems import NotFound

Reason = Literal["elsewhere", "roles", "muted", "exercise", "no_device", "quiet_hours", "others"]


class Why(BaseModel):
    """`told` is whether the message concerns the person as their settings are now; `because` are
    the places it is for (none: the whole city); `not_pushed` why no phone rang all the same."""

    told: bool
    because: list[str]
    not_because: list[Reason]
    not_pushed: list[Reason]


def why(hub: Hub, person: Person, alert_id: str) -> Why:
    """Compare a message with a person's settings.

    Raises:
        NotFound: nothing of that id went out.
    """
    posted = hub.deliveries.shown(alert_id)
    if posted is None:
        raise NotFound(what=f"cảnh báo / warning {alert_id[:40]}")
    found: list[str] | None
    if posted.personal:
        found = [] if hub.deliveries.lies_in(own_box(person.id), alert_id) else None
    else:
        found = reasons(person, posted)
    against = _against(person, posted) if found is None else []
    told = person.preferences
    silent: list[Reason] = []
    if found is not None:
        if posted.notice.kind in told.muted:
            silent.append("muted")
        if not person.devices:
            silent.append("no_device")
        if told.quiet_from != told.quiet_to:
            silent.append("quiet_hours")
    return Why(told=found is not None, because=found or [], not_because=against, not_pushed=silent)


def _against(person: Person, posted: Posted) -> list[Reason]:
    if posted.personal:
        return ["others"]
    found: list[Reason] = []
    if posted.roles is not None and not posted.roles & person.roles:
        found.append("roles")
    if posted.notice.exercise and not person.preferences.exercise:
        found.append("exercise")
    return found or ["elsewhere"]
