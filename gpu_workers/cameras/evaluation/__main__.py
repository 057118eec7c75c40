"""Measure on held-out scenes and write build/cameras-evaluation.json.

    python -m gpu_workers.cameras.evaluation [--model models/hues-nano/2] [--seeds 2] [--only rules]

Everything here is rendered: the figures say how well the parts fit together, not how well they
would do on a street.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from .measure import HELD_OUT, PARTS, load, measure
from .tables import show

MODELS = Path(__file__).parent.parent / "models"


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--model", type=Path, default=MODELS / "hues-nano" / "2")
    words.add_argument("--seeds", type=int, default=2, help="held-out seeds of each scene and look")
    words.add_argument("--first", type=int, default=HELD_OUT)
    words.add_argument("--only", choices=PARTS, action="append")
    words.add_argument("--perfect", action="store_true", help="rules over the truth's own boxes")
    words.add_argument("--out", type=Path, default=Path("build/cameras-evaluation.json"))
    given = words.parse_args()
    detector = None if given.perfect else load(given.model)
    seeds = range(given.first, given.first + given.seeds)
    found: dict[str, Any] = {
        "synthetic": True,
        "seeds": list(seeds),
        "model": "truth" if detector is None else detector.name,
    }
    for part in given.only or PARTS:
        if detector is None and part == "detector":
            continue
        found[part] = measure(part, detector, seeds)
        print(show(part, found[part]), flush=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written to {given.out}")


if __name__ == "__main__":
    main()
