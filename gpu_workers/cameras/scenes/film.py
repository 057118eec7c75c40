"""A scene as a real H.264 file."""

from fractions import Fraction
from pathlib import Path

import av

from .scene import Scene

TICKS = 90_000


def film(scene: Scene, path: Path, crf: int = 26, key_every_s: float = 2.0) -> int:
    """Encode the scene; returns the number of frames. Widths and heights must be even."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(scene.fps).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = scene.lens.width, scene.lens.height, "yuv420p"
        stream.time_base = Fraction(1, TICKS)
        stream.gop_size = max(1, round(scene.fps * key_every_s))
        stream.options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
        count = 0
        for shot in scene.frames():
            picture = av.VideoFrame.from_ndarray(shot.picture, format="bgr24")
            picture.pts, picture.time_base = round(shot.at_s * TICKS), stream.time_base
            container.mux(stream.encode(picture))
            count += 1
        container.mux(stream.encode())
    return count
