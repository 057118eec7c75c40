"""Printing figures and keeping them in build/bench.json."""

import json
import os
import platform
from typing import Any

from infra.local.place import ROOT

OUT = ROOT / "build" / "bench.json"


def machine() -> str:
    """What this was measured on."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def keep(name: str, figures: dict[str, Any]) -> None:
    """Add figures to the file, in the place of older ones of that name."""
    OUT.parent.mkdir(exist_ok=True)
    held = json.loads(OUT.read_text()) if OUT.exists() else {}
    held |= {"machine": machine(), name: figures}
    OUT.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n")


def show(title: str, head: list[str], rows: list[list[Any]]) -> None:
    """A table on the terminal."""
    widths = [max(len(str(r[i])) for r in [head, *rows]) for i in range(len(head))]
    print(f"\n{title}")
    for row in [head, *rows]:
        cells = [
            str(c).ljust(w) if i == 0 else str(c).rjust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells))


def percentile(times_s: list[float], share: float) -> float:
    """A percentile of some times, in milliseconds."""
    ordered = sorted(times_s)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
