"""Days off from the city's own calendar through a lease to a rule's hours."""

from datetime import datetime, time, timedelta

import numpy as np
import pytest
from cameras_world import World, box
from city.contracts.cameras import CameraConfig
from city.contracts.watching import Hours, Intrusion
from city.kernel.clock import HUE
from city.kernel.reference import Reference

from gpu_workers.cameras.days import Days
from gpu_workers.cameras.seen import Frame
from gpu_workers.cameras.vision import make_watch
from infra.seed.documents import documents

EVERYWHERE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
OFFICE = Hours(
    days=("mon", "tue", "wed", "thu", "fri", "sat"), since=time(7), until=time(17),
    on_days_off=False,
)  # fmt: skip


@pytest.fixture(scope="module")
def city() -> Reference:
    """The city's own documents, with the calendar that make_calendar wrote."""
    return Reference.from_documents(documents())


def leased(city: Reference, at: datetime) -> CameraConfig:
    """The lease of a camera with a rule for working days, as its bytes come over HTTP."""
    world = World(city=lambda: city)
    world.now = at
    rule = Intrusion(
        rule_id="gate", name_vi="Cổng", name_en="Gate", valid_from=at - timedelta(days=90),
        zone=EVERYWHERE, classes=("car",), hours=(OFFICE,),
    )  # fmt: skip
    world.enabled("cam-1", rule)
    return CameraConfig.model_validate_json(world.lease().model_dump_json())


def told(config: CameraConfig, at: datetime, days: Days) -> int:
    """How many incidents a car in the zone makes at a moment."""
    watch = make_watch(config, plates=None, calendar=days)
    picture = np.zeros((36, 64, 3), dtype=np.uint8)
    moments = (at + timedelta(seconds=n / 5) for n in range(10))
    return sum(
        len(watch.step(Frame("cam-1", picture, moment, n), [box()]))
        for n, moment in enumerate(moments)
    )


@pytest.mark.parametrize(
    ("day", "incidents"),
    [
        ("2026-11-20", 1),  # a Friday
        ("2026-11-21", 0),  # a Saturday
        ("2026-09-02", 0),  # the national day, a Wednesday
        ("2026-08-22", 1),  # the Saturday that is worked for a Monday off
        ("2026-08-31", 0),  # that Monday
    ],
)
def test_a_rule_for_working_days_keeps_the_citys_calendar(
    city: Reference, day: str, incidents: int
) -> None:
    at = datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=HUE)
    config = leased(city, at)
    assert told(config, at, Days(config.calendar)) == incidents


def test_without_the_calendar_weekends_are_off(city: Reference) -> None:
    for day, incidents in (("2026-08-22", 0), ("2026-09-02", 1)):
        at = datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=HUE)
        assert told(leased(city, at), at, Days()) == incidents
