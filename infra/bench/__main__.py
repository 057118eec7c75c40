"""`make bench`: everything measured, as tables and in build/bench.json.

    python -m infra.bench [money|bills|…]...      (no name: all of them)

Starts a city of its own in a temporary folder, so that the demo city's data are left alone.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.bench.table import OUT, machine

REPLAYED = "1000"


def main(names: Sequence[str] = ()) -> None:
    """Run all measurements, or those that are named."""
    print(f"Machine: {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        from infra.local.place import Place, city_port

        port = city_port()
        environment = {**os.environ, "HUES_LOCAL": folder, "PORT": str(port)}
        local = [sys.executable, "-m", "infra.local"]
        subprocess.run([*local, "up"], env=environment, check=True, stdout=subprocess.DEVNULL)
        try:
            os.environ.update(HUES_LOCAL=folder, PORT=str(port))
            from infra.replay.drive import join_running_city

            join_running_city()
            from infra.bench import (
                bills,
                cameras,
                cold,
                fanout,
                guard,
                money,
                readings,
                submit,
                sweep,
                views,
                web,
            )

            place = Place(Path(folder), port)
            runs: dict[str, Callable[[], object]] = {
                "web": lambda: web.run(place.public),
                "guard": lambda: guard.run(place.address, place.secret()),
                "views": views.run,
                "readings": readings.run,
                "fanout": lambda: fanout.run(place.address),
                "submit": lambda: submit.run(place.address),
                "money": money.run,
                "bills": lambda: bills.run(place),
                "sweep": sweep.run,
                "cold": cold.run,
                "cameras": cameras.run,
                "replay": _replay,
            }
            for name in names or runs:
                runs[name]()
        finally:
            subprocess.run([*local, "down"], env=environment, check=True)
    print(f"\nkept in {OUT}")


def _replay() -> None:
    print(f"\nReplay of {REPLAYED} reports (bulk, in process, into the same tables)")
    subprocess.run([sys.executable, "-m", "infra.replay.drive", REPLAYED], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
