"""Schedules of the ledger from seeds: `make soak`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for place in (ROOT / "tests/unit/ledger", ROOT / "layers/city/python"):  # also outside of pytest
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))
