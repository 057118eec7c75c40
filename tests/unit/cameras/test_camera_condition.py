"""A camera that no longer sees: frozen, dark, blurred, turned away; and one that does."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from cameras_films import Picture, street

from gpu_workers.cameras.sources.condition import HOLD_S, Condition
from gpu_workers.cameras.sources.feed import middle, shrunk


def _states(
    draw: Callable[[float], Picture], since: int, until: int, condition: Condition, step: int = 1
) -> list[str]:
    states: list[str] = []
    for second in range(since, until, step):
        grey = np.asarray(cv2.cvtColor(draw(second), cv2.COLOR_BGR2GRAY), np.uint8)
        states.append(condition.look(shrunk(grey), middle(grey), float(second)))
    return states


def _night(second: float) -> Picture:
    return np.clip(street(second).astype(float) * 0.2, 0, 255).astype(np.uint8)


def _rain(second: float) -> Picture:
    drops = np.random.default_rng(int(second)).integers(-25, 25, (180, 320, 1))
    return np.clip(street(second).astype(int) + drops, 0, 255).astype(np.uint8)


def _covered(second: float) -> Picture:
    return np.random.default_rng(int(second)).integers(0, 6, (180, 320, 3)).astype(np.uint8)


def _blurred(second: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(street(second), (31, 31), 0), np.uint8)


def _turned(second: float) -> Picture:
    return np.ascontiguousarray(np.roll(np.rot90(street(second), 2), 70, axis=1))


@pytest.mark.parametrize("draw", [street, _night, _rain])
def test_a_camera_that_sees_is_live(draw: Callable[[float], Picture]) -> None:
    assert set(_states(draw, 0, 120, Condition())) == {"live"}


def test_dusk_is_no_fault() -> None:
    def dusk(second: float) -> Picture:
        return np.asarray(street(second) * (1 - second / 200), np.uint8)

    assert set(_states(dusk, 0, 160, Condition())) == {"live"}


@pytest.mark.parametrize(
    ("draw", "state"),
    [
        (lambda _: street(60.0), "frozen"),
        (_covered, "dark"),
        (_blurred, "blurred"),
        (_turned, "moved"),
    ],
)
def test_a_camera_that_fails_is_told_after_ten_seconds_and_not_before(
    draw: Callable[[float], Picture], state: str
) -> None:
    condition = Condition()
    assert set(_states(street, 0, 60, condition)) == {"live"}
    failing = _states(draw, 60, 90, condition)
    assert set(failing[: int(HOLD_S)]) == {"live"}
    assert set(failing[int(HOLD_S) + 1 :]) == {state}
    assert _states(street, 90, 92, condition)[-1] == "live"


def test_a_camera_turned_for_good_becomes_its_own_background() -> None:
    condition = Condition()
    _states(street, 0, 60, condition)
    assert _states(_turned, 60, 760, condition, step=5)[-1] == "live"
