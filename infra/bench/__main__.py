"""`make bench`: everything measured, as tables and in build/bench.json.

Starts a city of its own in a temporary folder, so that the demo city's data are left alone.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.bench.table import OUT, machine

REPLAYED = "1000"


def main() -> None:
    """Run all measurements."""
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
            web.run(place.public)
            guard.run(place.address, place.secret())
            views.run()
            readings.run()
            fanout.run(place.address)
            submit.run(place.address)
            money.run()
            bills.run(place)
            sweep.run()
            cold.run()
            cameras.run()
            print(f"\nReplay of {REPLAYED} reports (bulk, in process, into the same tables)")
            subprocess.run([sys.executable, "-m", "infra.replay.drive", REPLAYED], check=True)
        finally:
            subprocess.run([*local, "down"], env=environment, check=True)
    print(f"\nkept in {OUT}")


if __name__ == "__main__":
    main()
