"""A city's simulators as one process: `python -m infra.local.simulators <the city's port>`."""

import asyncio
import sys
from pathlib import Path

from infra.local.place import SIMULATORS, Place
from infra.simulators import serve


def main() -> None:
    """Serve until ended."""
    place = Place(Path(), int(sys.argv[1]))
    asyncio.run(serve({name: place.simulator(name) for name in SIMULATORS}, place.public))


if __name__ == "__main__":
    main()
