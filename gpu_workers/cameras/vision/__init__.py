"""What one camera sees: tracks, rules as data, incidents."""

from typing import Any

from city.contracts.cameras import CameraConfig

from gpu_workers.cameras.plates.reader import PlateReader
from gpu_workers.cameras.plates.vote import TrackPlates
from gpu_workers.cameras.seen import Watch

from .memory import CameraMemory, PlateEye
from .view import Phase, SignalFeed


def make_watch(config: CameraConfig, **tools: Any) -> Watch:
    """A fresh memory. Tools: `plates` (PlateEye), `signals` (SignalFeed), `calendar`, `faces`."""
    return CameraMemory(config, **{"plates": TrackPlates(PlateReader()), **tools})


__all__ = ["CameraMemory", "Phase", "PlateEye", "SignalFeed", "make_watch"]
