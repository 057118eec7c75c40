"""What a soak of camera workers counts, on stories whose figures are known."""

from datetime import UTC, datetime

from city.contracts.cameras import Detection

from infra.fleet.lamp import PERIOD
from infra.fleet.measures import Receiver, Tick, beside, events, gaps

BEGAN = 1_000_000.0


def _tick(second: float, *, camera: str = "c", epoch: int = 1, lit: bool = False) -> Tick:
    return Tick(camera, epoch, lit, BEGAN + second, BEGAN + second)


def _detection(second: float, key: str = "a", epoch: int = 1) -> Detection:
    at = datetime.fromtimestamp(BEGAN + second, UTC)
    return Detection(
        detection_id=key, camera_id="c", epoch=epoch, worker="w", rule_id="lamp", rule_version=1,
        kind="intrusion", severity="minor", started_at=at, at=at, seen_at=at, model="m", score=1,
    )  # fmt: skip


def test_the_longest_gap_is_found_up_to_the_end() -> None:
    ticks = [_tick(s) for s in (0, 1, 2, 9, 10)]
    found = gaps(ticks, BEGAN + 14)
    assert max(g.seconds for g in found) == 7
    assert max(gaps(ticks, BEGAN + 30), key=lambda g: g.seconds).since == BEGAN + 10


def test_an_older_epochs_frames_after_a_newer_ones_are_counted() -> None:
    ticks = [_tick(0), _tick(1, epoch=2), _tick(2, epoch=1), _tick(3, epoch=2)]
    assert beside(ticks) == 1


def test_lamps_seen_lost_and_told_twice() -> None:
    lit = [_tick(PERIOD * n + 1, lit=True) for n in (1, 2, 3)]  # the fifth is shown and not seen
    came = [("c", BEGAN + PERIOD), ("c", BEGAN + PERIOD * 2), ("c", BEGAN + PERIOD * 2 + 1)]
    told = events(lit, came, {"c": 0}, BEGAN, BEGAN + 30, BEGAN + PERIOD * 5 - 10)
    assert (told.shown, told.seen, told.lost, told.twice) == (4, 3, 1, 1)


def test_a_phase_shifts_a_cameras_lamps() -> None:
    told = events([_tick(50, lit=True)], [("c", BEGAN + 50)], {"c": 10}, BEGAN, BEGAN + 1,
                  BEGAN + 100)  # fmt: skip
    assert (told.shown, told.seen, told.lost, told.twice) == (1, 1, 0, 0)


def test_the_receiver_fences_by_time_takes_an_id_once_and_merges() -> None:
    receiver = Receiver({("c", 1): BEGAN + 10})
    receiver.take(_detection(5))
    receiver.take(_detection(5))
    receiver.take(_detection(11, "late"))  # seen by the old epoch after its end
    receiver.take(_detection(12, "next", epoch=2))  # the same incident, by its successor
    receiver.take(_detection(70, "new", epoch=2))
    assert receiver.outcomes == {"incidents": 2, "repeated": 1, "refused": 1, "merged": 1}
