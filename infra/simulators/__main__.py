"""Simulators by hand: `python -m infra.simulators --ports vneid=9101 --city http://localhost:8080`.

`make run` starts them by itself; this is for a city that runs elsewhere.
"""

import argparse
import asyncio
from importlib import import_module

from infra.simulators import serve


def ports(words: str) -> dict[str, str]:
    """`vneid=9101,bank=9102` as addresses.

    Raises:
        argparse.ArgumentTypeError: no such simulator, or no port.
    """
    where = {}
    for part in words.split(","):
        name, _, port = part.partition("=")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise argparse.ArgumentTypeError(f"{part}: say NAME=PORT")
        if not _is_simulator(name):
            raise argparse.ArgumentTypeError(f"{name}: there is no such simulator")
        where[name] = f"http://localhost:{port}"
    return where


def _is_simulator(name: str) -> bool:
    if not name.isidentifier():
        return False
    try:
        return hasattr(import_module(f"infra.simulators.{name}"), "app")
    except ModuleNotFoundError:
        return False


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m infra.simulators")
    parser.add_argument("--city", default="http://localhost:8080", help="where people go back to")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--ports", type=ports, metavar="NAME=PORT,…")
    which.add_argument("--port", type=lambda n: ports(f"vneid={n}"), dest="ports", metavar="N",
                       help="the identity provider alone")  # fmt: skip
    return parser.parse_args(given)


def main() -> None:
    """Serve until ended."""
    told = arguments()
    for name, address in told.ports.items():
        print(f"{name}  {address}  (a simulator)", flush=True)
    asyncio.run(serve(told.ports, told.city))


if __name__ == "__main__":
    main()
