"""Train hues-nano on rendered streets and write its ONNX file. See README.md for the environment.

python -m gpu_workers.cameras.training.train --out build/hues-nano
"""

import argparse
import copy
import json
import math
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from .data import HEIGHT, WIDTH, Samples, cached, chances, vary
from .network import Exported, HuesNano
from .targets import draw, loss

SEED = 20260303
BATCH = 16
LEARNING_RATE = 1.5e-3
BOX_WEIGHT = 5.0
EMA = 0.997


def batch_of(
    samples: Samples,
    rng: np.random.Generator,
    likely: npt.NDArray[np.float64] | None = None,
) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
    """Pictures as (n, 3, h, w) in 0..1, and what `targets.loss` wants."""
    picked = rng.choice(len(samples.pictures), BATCH, p=likely)
    varied = [vary(samples.pictures[i], samples.boxes[i], rng) for i in picked]
    pictures = torch.from_numpy(np.stack([p for p, _ in varied]))
    wanted = zip(*(draw(b) for _, b in varied), strict=True)
    return (
        pictures.permute(0, 3, 1, 2).float() / 255.0,  # bytes lie as channels last already
        tuple(torch.from_numpy(np.stack(w)) for w in wanted),
    )


def train(
    samples: Samples,
    steps: int,
    minutes: float,
    net: HuesNano,
    save: Path,
    rate: float,
    *,
    half: bool = False,
) -> HuesNano:
    """AdamW with a warm-up and a cosine; returns the running mean of the weights.

    The cosine ends after `steps` or `minutes`, whichever is nearer: a slow machine still anneals.
    `half` runs the network in bfloat16 (weights, loss and step stay in single precision).
    """
    rng, likely = np.random.default_rng(SEED), chances(samples)
    mean = copy.deepcopy(net).eval()
    best = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.01)
    since = time.monotonic()
    for step in range(steps):
        done = max(step / steps, (time.monotonic() - since) / (60 * minutes))
        if done >= 1:
            break
        share = min(1.0, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * done))
        for group in best.param_groups:
            group["lr"] = rate * max(share, 0.01)
        pictures, want = batch_of(samples, rng, likely)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            heat, sides = net(pictures.contiguous(memory_format=torch.channels_last))
        seen, boxes = loss(heat.float(), sides.float(), (want[0], want[1], want[2], want[3]))
        best.zero_grad()
        (seen + BOX_WEIGHT * boxes).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        best.step()
        _follow(mean, net, min(EMA, (step + 1) / (step + 10)))
        if step % 50 == 0:
            print(
                f"{step} heat {seen.item():.3f} boxes {boxes.item():.3f} "
                f"{time.monotonic() - since:.0f} s",
                flush=True,
            )
        if step % 200 == 199:
            torch.save(mean.state_dict(), save)
    return mean  # type: ignore[no-any-return]


def _follow(mean: HuesNano, net: HuesNano, keep: float) -> None:
    with torch.no_grad():
        now = net.state_dict()
        for name, kept in mean.state_dict().items():
            if kept.dtype.is_floating_point:
                kept.mul_(keep).add_(now[name], alpha=1 - keep)
            else:
                kept.copy_(now[name])


def export(net: HuesNano, path: Path, calibration: Path | None = None) -> None:
    """The graph with its decoding, batch of any size."""
    told = json.loads(calibration.read_text(encoding="utf-8")) if calibration else {}
    whole = Exported(net.eval(), **told).eval()
    blank = torch.zeros((2, HEIGHT, WIDTH, 3), dtype=torch.uint8)
    torch.onnx.export(
        whole,
        (blank,),
        str(path),
        input_names=["pictures"],
        output_names=["detections"],
        opset_version=17,
        dynamo=False,
        dynamic_axes={"pictures": {0: "n"}, "detections": {0: "n"}},
    )


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--out", type=Path, required=True)
    words.add_argument("--streets", type=int, default=2800)
    words.add_argument("--steps", type=int, default=8000)
    words.add_argument("--minutes", type=float, default=600.0)
    words.add_argument("--threads", type=int, default=1)
    words.add_argument("--rate", type=float, default=LEARNING_RATE)
    words.add_argument("--half", action="store_true", help="bfloat16: twice as fast with AMX")
    words.add_argument("--start", type=Path, help="go on from these weights")
    words.add_argument("--weights", type=Path, help="only export these")
    words.add_argument("--calibration", type=Path, help="what calibrate.py wrote")
    given = words.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    torch.set_num_threads(given.threads)
    net = HuesNano().to(memory_format=torch.channels_last)
    if given.weights:
        net.load_state_dict(torch.load(given.weights))
    elif given.steps:
        if given.start:
            net.load_state_dict(torch.load(given.start))
        samples = cached(given.out / "samples.npz", range(given.streets))
        net = train(
            samples,
            given.steps,
            given.minutes,
            net.train(),
            given.out / "weights.pt",
            given.rate,
            half=given.half,
        )
        torch.save(net.state_dict(), given.out / "weights.pt")
    export(
        net.to(memory_format=torch.contiguous_format), given.out / "model.onnx", given.calibration
    )


if __name__ == "__main__":
    main()
