"""A released warning as an order to fan out."""

from city.contracts.alerts import AlertReleased
from city.contracts.vessels import RecallOrdered, SkippersWarned
from city.fanout.model import AreaShape, Lane, Notice
from city.fanout.service import Order
from city.kernel.text import Language, Text

LONGEST = 700  # characters of a notice's body: one push message holds 3,993 bytes
_LANES: dict[str, Lane] = {"P0": "p0", "P1": "p1", "P2": "p2"}


def order(told: AlertReleased) -> Order:
    """What phones show of a message, and to whom it goes. `episode_id` is the thread: an update or
    a cancellation replaces its card."""
    return Order(
        notice=Notice(
            delivery_id=told.alert_id,
            revision=told.revision,
            tag=told.episode_id,
            kind=told.kind,
            title=told.headline,
            body=Text(vi=_body(told, "vi"), en=_body(told, "en")),
            link=f"/warnings/{told.alert_id}",
            level=told.severity,
            cancels=told.message_type == "Cancel",
            exercise=told.status != "Actual",
            expires=told.expires,
        ),
        lane=_LANES[told.lane],
        area=AreaShape(
            units=frozenset(told.area.units),
            polygons=told.area.polygons,
            circles=told.area.circles,
            everywhere=told.area.whole_city,
        ),
        roles=frozenset(told.roles) if told.roles is not None else None,
        extreme=told.severity == "Extreme",
    )


def to_skippers(told: RecallOrdered | SkippersWarned) -> Order:
    """Words for the skippers of some boats. A boat in danger waits for nobody's quiet hours."""
    recall = told if isinstance(told, RecallOrdered) else None
    return Order(
        notice=Notice(
            delivery_id=told.notice_id,
            revision=told.revision,
            tag=told.notice_id,
            kind="boat_recall" if recall else "boat_warning",
            title=told.headline,
            body=told.body,
            link=told.link,
            level="Severe",
            cancels=recall.cancel if recall else False,
            exercise=recall.exercise if recall else False,
            expires=told.expires,
        ),
        lane="p2" if recall and recall.exercise else "p0",
        area=AreaShape(),
        extreme=True,
        persons=frozenset(told.persons),
    )


def _body(told: AlertReleased, language: Language) -> str:
    """What happens, then what to do; what to do is never cut off."""
    words = told.body.within(language)
    todo = "" if told.message_type == "Cancel" else told.instruction.within(language)
    room = LONGEST - len(todo) - 1
    short = words if len(words) <= room else words[: max(0, room - 1)].rstrip() + "…"
    return f"{short} {todo}".strip()
