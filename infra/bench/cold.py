"""Cold import of each function beside that of the bare packages it needs, in fresh processes."""

import os
import subprocess
import sys
import time

from infra.bench.table import keep, show
from infra.build.units import FUNCTIONS, ROOT, names

RUNS = 5
BARE = "import chalice.app, pydantic, aws_lambda_powertools, pynamodb.models"


def _best(code: str, folder: str) -> float:
    """The fastest of some fresh interpreters, in milliseconds, less an empty one's time."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers/city/python")}
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, check=True)
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def run() -> None:
    """Measure and print."""
    empty = _best("pass", str(ROOT))
    bare = _best(BARE, str(ROOT)) - empty
    rows, figures = [["bare packages", f"{bare:.0f}", "1.00"]], {"bare_ms": round(bare, 1)}
    for unit in names():
        took = _best("import app", str(FUNCTIONS / unit)) - empty
        rows.append([unit, f"{took:.0f}", f"{took / bare:.2f}"])
        figures[unit] = round(took, 1)
    title = f"Cold import, best of {RUNS} (bare: chalice, pydantic, powertools, pynamodb)"
    show(title, ["", "ms", "to bare"], rows)
    keep("cold_import", figures)
