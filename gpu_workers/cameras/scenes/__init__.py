"""Synthetic scenes with exact truth: `make_scene("red-light", seed=3, look="night")`."""

from .dangers import DANGERS
from .film import film
from .gatherings import GATHERINGS
from .scene import STARTS, Incident, Scene, Seen, Shot
from .stage import Builder, Stage
from .traffic import TRAFFIC
from .weather import LOOKS, Look

SCENES: dict[str, Builder] = {**TRAFFIC, **GATHERINGS, **DANGERS}
NAMES = tuple(SCENES)
SIZES: dict[str, tuple[int, int]] = {"plates": (1280, 720)}  # a plate needs its pixels


def make_scene(
    name: str,
    *,
    seed: int = 0,
    look: Look = "day",
    fps: float = 10.0,
    size: tuple[int, int] | None = None,
) -> Scene:
    """A named scene. KeyError when there is none of that name."""
    stage = Stage(name, seed, look, size or SIZES.get(name, (640, 360)), fps, 0.0)
    return SCENES[name](stage)


__all__ = [
    "LOOKS",
    "NAMES",
    "STARTS",
    "Incident",
    "Look",
    "Scene",
    "Seen",
    "Shot",
    "film",
    "make_scene",
]
