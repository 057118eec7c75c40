"""The simulated voyage is what the real door takes, and shows what it says it shows."""

from city.vessels import intake
from city.vessels.model import Fix
from vessels_world import BOOK, LIMIT, T0, World

from infra.simulators.vessels import BATCH, CROSSER, MOORED, SILENT, items


def test_twelve_hours_at_sea() -> None:
    world = World()
    for gateway, listed in items(T0, -12, 0, -12).items():
        for first in range(0, len(listed), BATCH):
            batch = intake.PositionBatch(gateway=gateway, items=listed[first : first + BATCH])
            told = intake.take(world.store, world.line, BOOK, gateway, batch, world.now)
            assert told.rejected == 0
    for message in world.line.messages:
        world.keep(*(Fix.unpacked(raw) for raw in message["positions"]))
    world.sweep()
    assert world.live(MOORED).state == "IN_PORT"
    assert world.live(SILENT).state == "SILENT_6H"
    assert world.live(CROSSER).lines[LIMIT] == "CROSSED"
    assert world.store.outages()[0].standing == {}
