"""Play a scene into a file.

python -m gpu_workers.cameras.scenes red-light out.mp4 --seed 3 --look night
"""

import argparse
from dataclasses import replace
from pathlib import Path

from . import LOOKS, NAMES, film, make_scene
from .chance import street


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("scene", choices=(*NAMES, "street"))
    words.add_argument("out", type=Path)
    words.add_argument("--seed", type=int, default=7)
    words.add_argument("--look", choices=LOOKS, default="day")
    words.add_argument("--seconds", type=float)
    words.add_argument("--size", help="640x360; each scene has its own")
    words.add_argument("--fps", type=float, default=10.0)
    words.add_argument("--crf", type=int, default=26)
    given = words.parse_args()
    size = None
    if given.size:
        wide, high = given.size.split("x")
        size = (int(wide), int(high))
    if given.scene == "street":
        scene = street(given.seed, given.seconds or 20.0, given.look, size or (640, 360))
    else:
        scene = make_scene(given.scene, seed=given.seed, look=given.look, fps=given.fps, size=size)
    if given.seconds:
        scene = replace(scene, seconds=given.seconds)
    frames = film(scene, given.out, given.crf)
    print(
        f"{given.out}: {frames} frames, {len(scene.rules)} rules, {len(scene.incidents)} incidents"
    )


if __name__ == "__main__":
    main()
