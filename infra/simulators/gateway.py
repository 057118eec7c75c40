"""A gateway that sends its batches to the city, as the simulators of stations and boats do."""

import gzip
import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def post(
    city: str, path: str, gateway: str, items: list[dict[str, Any]], *, packed: bool = False
) -> dict[str, int]:
    """Send one batch; waits when the city asks to, and gives up on any other refusal."""
    plain = json.dumps({"gateway": gateway, "items": items}).encode()
    body = gzip.compress(plain) if packed else plain
    kind = "application/gzip" if packed else "application/json"
    headers = {"Content-Type": kind, "X-API-Key": f"{gateway}.sandbox"}
    while True:
        request = Request(f"{city}{path}", data=body, headers=headers)
        try:
            with urlopen(request, timeout=60) as reply:
                told: dict[str, int] = json.load(reply)
                return told
        except HTTPError as error:
            if error.code not in (429, 503):
                raise SystemExit(f"{error.code}: {error.read().decode()[:300]}") from error
            time.sleep(float(error.headers.get("Retry-After", "5")))
