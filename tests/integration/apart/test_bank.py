"""The bank test: whatever happens to the city, every snapshot of its wallets shows one total."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]


def test_killed_functions_and_a_stopped_cloud_neither_lose_nor_make_money() -> None:
    """In a city of its own, which it stops and starts; `tests/bank_drill.py` says what is done."""
    drill = [sys.executable, "-u", str(ROOT / "tests" / "bank_drill.py")]
    command = [sys.executable, "-m", "infra.local", "with", *drill]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(next(line for line in done.stdout.splitlines() if line[:1] == "{"))
    print(f"bank test: {figures}")
    assert figures["paid"] >= 60 and figures["snapshots"] >= 60
    assert figures["killed"] >= 3 and figures["sent again"] >= 1
