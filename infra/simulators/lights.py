"""A SIMULATED traffic signal controller: `python -m infra.simulators.lights [--seconds 600]`.

No such junction exists. Every second it tells the running city what its four signal groups show,
through the real door `POST /v1/signals/{id}/phases` with the sandbox key of the demo's gateway, and
as a real controller would: by its own clock, what shows now and what it followed.
"""

import argparse
import json
import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

from city.contracts.signals import EventState, PhaseEvent, PhaseReport

from infra.seed.load_cameras import SIGNAL

KEY = f"{SIGNAL['gateway']}.sandbox"
PLAN: tuple[tuple[EventState, float], ...] = (
    ("protected-Movement-Allowed", 24), ("protected-clearance", 3), ("stop-And-Remain", 33),
)  # fmt: skip
CYCLE_S = sum(length for _, length in PLAN)
OFFSETS = {1: 0.0, 2: 30.0, 3: 0.0, 4: 30.0}  # opposite approaches go together


def showing(group: int, at: datetime) -> tuple[EventState, datetime]:
    """What a group shows at a moment, and since when."""
    second = (at.timestamp() - OFFSETS[group]) % CYCLE_S
    began = 0.0
    for state, length in PLAN:
        if second < began + length:
            return state, at - timedelta(seconds=second - began)
        began += length
    return PLAN[-1][0], at - timedelta(seconds=second - began + PLAN[-1][1])  # rounding's last bit


def report(at: datetime) -> PhaseReport:
    """What is told at a moment."""
    phases = []
    for group in OFFSETS:
        state, began = showing(group, at)
        began = _whole(began)
        before, since = showing(group, began - timedelta(seconds=1))
        phases += [
            PhaseEvent(
                signal_group=group, event_state=before, began_at=_whole(since), ended_at=began
            ),
            PhaseEvent(signal_group=group, event_state=state, began_at=began),
        ]
    return PhaseReport(sent_at=at, phases=tuple(phases))


def _whole(moment: datetime) -> datetime:
    """States change at whole seconds: without it a beginning would differ by microseconds."""
    return datetime.fromtimestamp(round(moment.timestamp()), UTC)


def tell(city: str, told: PhaseReport, key: str = KEY) -> dict[str, Any]:
    """Send a report.

    Raises:
        URLError: the city did not take it.
    """
    request = Request(
        f"{city.rstrip('/')}/v1/signals/{SIGNAL['id']}/phases",
        data=told.model_dump_json().encode(),
        headers={"Content-Type": "application/json", "X-API-Key": key},
    )
    with urlopen(request, timeout=10) as answer:
        taken: dict[str, Any] = json.loads(answer.read())
        return taken


def main() -> None:
    """Tell for a while."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=600)
    words.add_argument("--city", default=os.environ.get("HUES_URL", "http://localhost:8080"))
    given = words.parse_args()
    until = time.monotonic() + given.seconds
    while time.monotonic() < until:
        taken = tell(given.city, report(datetime.now(UTC)))
        print(f"\r{taken['changed']} changed, {taken['lag_s']:.2f} s under way  ", end="")
        time.sleep(1)


if __name__ == "__main__":
    main()
