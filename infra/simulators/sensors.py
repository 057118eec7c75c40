"""A SIMULATED storm over Huế: `python -m infra.simulators.sensors [--hours 12] [--live 30]`.

None of these values was measured. They follow made-up curves (a river that rises over BĐ3, heavy
rain, flooded low points, smoke near a landfill) and enter the running city through its real door,
POST /v1/observations/batch, with the sandbox keys of the demo gateways. First the past hours,
oldest first, as a gateway sends them that was cut off: they are stored and drawn, but rules go by
none that is over half an hour late. The newest half hour and what `--live` adds make the episodes.
"""

import argparse
import math
import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from infra.seed.load_sensing import sensing_documents
from infra.simulators.gateway import post

BATCH = 500
HOUR_MS = 3_600_000
FLOODED = {
    "ngap-ba-trieu": 0.75,
    "ngap-dap-da": 0.9,
    "ngap-truong-chinh": 0.45,
    "ngap-to-huu": 0.35,
}
RISING = {  # station: base level, rise
    "kim-long": (0.6, 3.4), "phu-oc": (1.0, 3.9), "thuong-nhat": (58.0, 4.2),
    "phong-binh": (0.8, 1.6), "truoi": (0.7, 2.2),
}  # fmt: skip
POOLS = {
    "ta-trach": (42.5, 2.9), "huong-dien": (56.0, 2.3), "binh-dien": (82.0, 2.6),
    "a-luoi-ho": (551.0, 2.2), "thao-long": (0.5, 1.5),
}  # fmt: skip
CALM = {
    "o3": 45.0, "no2": 22.0, "so2": 9.0, "co": 600.0, "ph": 7.1, "do": 6.9, "temperature": 24.0,
    "turbidity": 40.0, "n_nh4": 0.12, "n_no3": 0.9, "humidity": 96.0,
}  # fmt: skip


def surge(hour: float, middle: float, width: float) -> float:
    """From 0 to 1 around `middle`, and slowly back after the storm's peak (hour 1)."""
    rise = 1 / (1 + math.exp(-(hour - middle) / width))
    return rise * math.exp(-max(hour - 1, 0) / 12)


def value(stream: dict[str, Any], hour: float, chance: random.Random) -> float | None:
    """What a sensor would show `hour` hours from now; None if the storm does not have it."""
    station, parameter = stream["station"], stream["parameter"]
    if parameter == "water_level":
        base, rise = RISING.get(station) or POOLS[station]
        return round(base + rise * surge(hour, -5, 1.6) + chance.gauss(0, 0.01), 2)
    if parameter in ("inflow", "outflow"):
        return round(180 + 2400 * surge(hour, -6 if parameter == "inflow" else -4, 1.5))
    if parameter == "rain":
        hills = stream["gateway"] in ("gw-rain-hills", "gw-fire")
        return round(max((16 if hills else 11) * surge(hour, -7, 1.2) + chance.gauss(0, 1.5), 0), 1)
    if parameter == "depth":
        deepest = FLOODED.get(station, 0.05)
        return round(max(deepest * surge(hour, -2, 0.5) + chance.gauss(0, 0.004), 0), 2)
    if parameter in ("pm25", "pm10"):
        smoke = 210 * surge(hour, -4, 0.8) if station == "kk-thuy-phuong" else 0
        dust = 18 + smoke + chance.gauss(0, 1.5)
        return round(max(dust * (1.4 if parameter == "pm10" else 1), 1), 1)
    if parameter in CALM:
        return round(CALM[parameter] * (1 + chance.gauss(0, 0.02)), 3)
    return None


def readings(now: datetime, start: float, end: float) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Time, gateway and item of every reading between two hours from now, oldest first."""
    zero = round(now.timestamp() * 1000)
    made = []
    for stream in sensing_documents()["streams"]:
        if stream["gateway"] in (None, "gw-lab"):
            continue
        step = stream["interval_s"] * 1000
        first = math.ceil((zero + start * HOUR_MS) / step) * step
        for t in range(first, round(zero + end * HOUR_MS), step):
            chance = random.Random(f"{stream['id']} {t}")
            shown = value(stream, (t - zero) / HOUR_MS, chance)
            if shown is not None:
                made.append((t, stream["gateway"], {"stream": stream["id"], "t": t, "v": shown}))
    yield from sorted(made, key=lambda m: (m[0], m[1], m[2]["stream"]))


def batches(
    rows: Iterator[tuple[int, str, dict[str, Any]]],
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Readings as each gateway would send them."""
    held: dict[str, list[dict[str, Any]]] = {}
    for _, gateway, item in rows:
        items = held.setdefault(gateway, [])
        items.append(item)
        if len(items) == BATCH:
            yield gateway, held.pop(gateway)
    yield from held.items()


def send(city: str, now: datetime, start: float, end: float, *, packed: bool = False) -> int:
    """Send a stretch of the storm; returns how many readings were accepted."""
    accepted = 0
    for gateway, items in batches(readings(now, start, end)):
        told = post(city, "/v1/observations/batch", gateway, items, packed=packed)
        accepted += told["accepted"]
        if told["rejected"]:
            raise SystemExit(f"{gateway}: {told['rejected']} rejected")
    return accepted


def main() -> None:
    """Send the storm."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    port = os.environ.get("PORT", "8080")
    parser.add_argument("--city", default=f"http://127.0.0.1:{port}")
    parser.add_argument("--hours", type=float, default=12.0, help="past hours to send")
    parser.add_argument("--live", type=float, default=0.0, help="minutes to go on in real time")
    parser.add_argument("--gzip", action="store_true", help="send batches compressed")
    told = parser.parse_args()
    now = datetime.now(UTC)
    print("SIMULATION: none of these values was measured", flush=True)
    print(
        f"  {send(told.city, now, -told.hours, 0.0, packed=told.gzip)} readings of the past",
        flush=True,
    )
    sent, end = 0.0, told.live / 60
    while sent < end:
        time.sleep(60)
        reached = min((datetime.now(UTC) - now).total_seconds() / 3600, end)
        print(f"  {send(told.city, now, sent, reached, packed=told.gzip)} readings", flush=True)
        sent = reached


if __name__ == "__main__":
    main()
