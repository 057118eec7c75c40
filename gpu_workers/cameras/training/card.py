"""Write the card beside a model: what it is, what it was trained on, how well it does, its limits.

    python -m gpu_workers.cameras.training.card gpu_workers/cameras/models/hues-nano/2 \\
        --steps 8000 --figures build/cameras-evaluation.json
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import get_args

from city.contracts.cameras import ModelCard
from city.contracts.watching import Label

SIZE = (320, 192)
THRESHOLD = 0.3
LIMITS = (
    "Trained on rendered scenes only: on real pictures it is of no use and must not be relied on.",
    "Things under about eight pixels at 320 x 192 are missed; plates are found by other means.",
    "Half-hidden things (less than 30 % to be seen) count neither way in its figures.",
)


def card(model: bytes, name: str, version: str, trained_on: str) -> ModelCard:
    """The contract's part."""
    return ModelCard(
        name=name,
        version=version,
        sha256=hashlib.sha256(model).hexdigest(),
        family="hues",
        input_width=SIZE[0],
        input_height=SIZE[1],
        classes=get_args(Label),
        thresholds={"default": THRESHOLD},
        licence="Apache-2.0",
        trained_on=trained_on,
        synthetic=True,
    )


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path, help="…/<name>/<version> with model.onnx in it")
    words.add_argument("--steps", type=int, required=True, help="steps that the training took")
    words.add_argument("--limit", action="append", default=[], help="one more that this model has")
    words.add_argument("--figures", type=Path, help="what the evaluation wrote")
    given = words.parse_args()
    folder = given.folder
    made = card(
        (folder / "model.onnx").read_bytes(),
        folder.parent.name,
        folder.name,
        f"8,400 pictures of 2,800 rendered streets, {given.steps} steps of 16",
    )
    data = made.model_dump(mode="json") | {"limits": [*LIMITS, *given.limit]}
    if given.figures:
        data["figures"] = json.loads(given.figures.read_text(encoding="utf-8"))
    (folder / "card.json").write_text(
        json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
