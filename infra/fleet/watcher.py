"""A worker process of the soak: the real worker with a lamp's rule that says what it looks at.

Each frame that the rule takes is told in a datagram (camera, epoch, lit, wall clock), so that
somebody outside knows when a camera was watched last, whatever happens to the process. FLEET_PORT
is where to; FLEET_ANY=1 takes the lamp's detector for whatever model a camera is configured with.
"""

import os
import socket
import sys
import time
from collections.abc import Sequence
from typing import Any

from city.contracts.cameras import Box, CameraConfig

from gpu_workers.cameras.__main__ import work
from gpu_workers.cameras.inference.session import OnnxDetector
from gpu_workers.cameras.seen import Detector, Frame, Happening, Watch
from infra.fleet.lamp import RULE, card, model

TOLD = ("127.0.0.1", int(os.environ.get("FLEET_PORT", "0")))
_out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


class LampWatch:
    """A happening when a lamp goes on."""

    def __init__(self, config: CameraConfig) -> None:
        self._config = config
        self._lit = False

    def step(self, frame: Frame, boxes: Sequence[Box]) -> list[Happening]:
        """See `Watch`."""
        before, self._lit = self._lit, bool(boxes)
        told = f"{frame.camera_id} {self._config.epoch} {int(self._lit)} {time.time():.3f}"
        if TOLD[1]:
            _out.sendto(f"{told} {frame.at.timestamp():.3f}".encode(), TOLD)
        if before or not self._lit:
            return []
        key = f"lamp-{frame.at:%H%M%S}"
        rule = self._config.rules[0] if self._config.rules else RULE
        return [Happening(rule, key, frame.at, frame.at, boxes[0].score, tuple(boxes))]

    def renew(self, config: CameraConfig) -> None:
        """See `Watch`."""
        self._config = config


def make_watch(config: CameraConfig, **_tools: Any) -> Watch:
    """See `WatchMaker`."""
    return LampWatch(config)


def _lamp(_model: str) -> Detector:
    data = model()
    return OnnxDetector(card(data), data, threads=1)


if __name__ == "__main__":
    sys.exit(work(make_watch, _lamp if os.environ.get("FLEET_ANY") else None))
