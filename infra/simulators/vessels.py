"""A SIMULATED fleet at sea: `python -m infra.simulators.vessels [--hours 12] [--live 30]`.

Nobody sailed here. The invented boats of the demo leave their ports on made-up courses; their
positions enter the running city through its real door, POST /v1/vessel-positions/batch, with the
sandbox keys of the demo gateways: terminals every two or three hours, AIS every ten minutes. One
boat falls silent, one crosses the limit drawn for trial, and one stays in port.
"""

import argparse
import math
import os
import time
from datetime import UTC, datetime
from typing import Any

from pyais.encode import encode_dict

from infra.seed.load_vessels import vessel_documents
from infra.simulators.gateway import post

BATCH = 500
HOUR_MS = 3_600_000
AIS_MS = 600_000
KNOTS = 6.0
SILENT, CROSSER, MOORED = "tau-001", "tau-006", "tau-004"
SILENT_FOR_H = 7.0
CROSSING = (15.9, 110.15)  # where the crosser is an hour ago; it goes east over the line


def place(
    boat: dict[str, Any], port: dict[str, Any], hour: float, start: float
) -> tuple[float, float]:
    """Where a boat is `hour` hours from now, having left its port `start` hours from now."""
    if boat["id"] == MOORED:
        return port["lat"], port["lon"]
    if boat["id"] == CROSSER:
        return CROSSING[0], CROSSING[1] + (hour + 1) * KNOTS / 60 / math.cos(math.radians(15.9))
    number = int(boat["id"].rpartition("-")[2])
    bearing = math.radians(20 + number * 7 % 70)
    out = min(hour - start, 12) * KNOTS / 60
    turn = 0.02 * math.sin(hour / 2 + number)
    return port["lat"] + out * math.cos(bearing) + turn, port["lon"] + out * math.sin(
        bearing
    ) - turn


def items(now: datetime, start: float, end: float, left: float) -> dict[str, list[dict[str, Any]]]:
    """What each gateway sends of the hours from `start` to `end`, oldest first."""
    made: dict[str, list[dict[str, Any]]] = {}
    documents = vessel_documents({})
    ports = {port["id"]: port for port in documents["ports"]}
    zero = round(now.timestamp() * 1000)
    for boat in documents["boats"]:
        port = ports[boat["port"]]
        if boat["devices"]:
            device = boat["devices"][0]
            step = (2 if boat["lmax_m"] >= 24 else 3) * HOUR_MS
            if boat["id"] == CROSSER:
                step = HOUR_MS
            for t in times(zero, start, end, step):
                hour = (t - zero) / HOUR_MS
                if boat["id"] == SILENT and hour > -SILENT_FOR_H:
                    continue
                lat, lon = place(boat, port, hour, left)
                item = {"device": device["id"], "t": t, "lat": lat, "lon": lon, "knots": KNOTS}
                made.setdefault(f"gw-{device['vendor']}", []).append(item)
        if boat["mmsi"]:
            for t in times(zero, start, end, AIS_MS):
                lat, lon = place(boat, port, (t - zero) / HOUR_MS, left)
                told = {
                    "msg_type": 18,
                    "mmsi": boat["mmsi"],
                    "lat": lat,
                    "lon": lon,
                    "speed": KNOTS,
                }
                (line,) = encode_dict(told, "AI", sentence_type="VDM")
                made.setdefault("gw-ais-thuan-an", []).append({"nmea": line, "t": t})
    return made


def times(zero: int, start: float, end: float, step: int) -> range:
    """The moments of a boat's positions in a stretch of hours."""
    first = math.ceil((zero + start * HOUR_MS) / step) * step
    return range(first, round(zero + end * HOUR_MS), step)


def send(city: str, now: datetime, start: float, end: float, left: float) -> int:
    """Send a stretch of the voyage; returns how many positions were accepted."""
    accepted = 0
    for gateway, listed in items(now, start, end, left).items():
        for first in range(0, len(listed), BATCH):
            batch = listed[first : first + BATCH]
            told = post(city, "/v1/vessel-positions/batch", gateway, batch)
            accepted += told["accepted"]
            if told["rejected"]:
                raise SystemExit(f"{gateway}: {told['rejected']} rejected")
    return accepted


def main() -> None:
    """Sail."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    port = os.environ.get("PORT", "8080")
    parser.add_argument("--city", default=f"http://127.0.0.1:{port}")
    parser.add_argument("--hours", type=float, default=12.0, help="past hours to send")
    parser.add_argument("--live", type=float, default=0.0, help="minutes to go on in real time")
    told = parser.parse_args()
    now = datetime.now(UTC)
    print("SIMULATION: nobody sailed here", flush=True)
    print(f"  {send(told.city, now, -told.hours, 0.0, -told.hours)} positions", flush=True)
    sent, end = 0.0, told.live / 60
    while sent < end:
        time.sleep(60)
        reached = min((datetime.now(UTC) - now).total_seconds() / 3600, end)
        print(f"  {send(told.city, now, sent, reached, -told.hours)} positions", flush=True)
        sent = reached


if __name__ == "__main__":
    main()
