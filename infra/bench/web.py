"""The web app in a browser, beside the least that the same browser can do in the same run."""

import json
import os
import subprocess

from infra.bench.table import keep, show
from infra.local.place import ROOT
from infra.local.testing import GET_ONE, browser


def run(public: str) -> None:
    """Measure and print; without a browser say so. `public` is the city's own address."""
    found = browser()
    if found is None:
        print(f"\nThe web app was not measured: no browser. {GET_ONE}")
        return
    told = subprocess.run(
        ["node", "infra/bench/web.mjs"],
        cwd=ROOT,
        env={**os.environ, "BASE_URL": public, "CHROMIUM": found},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    figures = json.loads(told.splitlines()[-1])
    keep("web", figures)
    usable, bare = figures["home_usable_ms"], figures["bare_ms"]
    show(
        "First visit to home (360x740, CPU slowed 4x, slow 4G: 150 ms, 1.6 Mbit/s; median of 5)",
        ["what", "ms", "x bare"],
        [
            ["a small text file of the same site (bare)", bare, 1.0],
            ["home can be used", usable, round(usable / bare, 1)],
            ["largest paint", figures["home_largest_ms"], ""],
            [f"{figures['home_bytes'] / 1000:.0f} kB came over the network", "", ""],
        ],
    )
    show(
        "Map of 100,000 reports, drawn in software (frames that moved and reached the screen)",
        ["screen", "hand", "frames/s", "95% within ms", "painted", "circles", "empty map"],
        [
            [name, hand, one["fps"], one["p95_ms"], one["drawn"], one["circles"], one["empty_fps"]]
            for name, hands in figures["map"].items()
            for hand, one in hands.items()
            if hand != "loaded_ms"
        ],
    )
