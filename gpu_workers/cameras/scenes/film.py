"""A scene as a real H.264 file."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np

from .scene import Scene, Shot

TICKS = 90_000
KEY_EVERY_S = 2.0
BLANK = np.zeros((1, 1, 3), dtype=np.uint8)


def film(scene: Scene, path: Path, crf: int = 26) -> int:
    """Encode the scene; returns the number of frames. Widths and heights must be even."""
    kept: list[Shot] = []
    with path.open("wb") as file:
        _write(scene, file, crf, kept)
    return len(kept)


def _write(scene: Scene, file: BinaryIO, crf: int, kept: list[Shot]) -> None:
    """Encode into `file`; `kept` gets the truth of every frame, without its picture."""
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(scene.fps).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = scene.lens.width, scene.lens.height, "yuv420p"
        stream.time_base = Fraction(1, TICKS)
        stream.gop_size = max(1, round(scene.fps * KEY_EVERY_S))
        stream.options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
        for shot in scene.frames():
            picture = av.VideoFrame.from_ndarray(shot.picture, format="bgr24")
            picture.pts, picture.time_base = round(shot.at_s * TICKS), stream.time_base
            container.mux(stream.encode(picture))
            kept.append(replace(shot, picture=BLANK))
        container.mux(stream.encode())


def replayed(scene: Scene, step: int = 1, crf: int = 26) -> Iterator[Shot]:
    """Every `step`-th shot with the picture that H.264 has left of it."""
    kept: list[Shot] = []
    file = BytesIO()
    _write(scene, file, crf, kept)
    file.seek(0)
    with av.open(file, "r") as container:
        for shot, picture in zip(kept, container.decode(video=0), strict=True):
            if shot.index % step == 0:
                yield replace(shot, picture=np.asarray(picture.to_ndarray(format="bgr24")))
