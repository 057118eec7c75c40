"""What it costs to know who asks and what they may: beside the bare libraries, and one request."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
from city.adapters.stores import table
from city.adapters.tokens import issue, read
from city.adapters.trust import trust
from city.identity.keys import Keys
from city.kernel import policy
from city.kernel.people import Principal
from city.kernel.policy import Resource

from infra.bench.table import keep, percentile, show


def _rate(act: Callable[[], object], seconds: float = 1.0) -> float:
    """Calls a second: the best of three rounds, since others use the machine too."""
    best = 0.0
    for _ in range(3):
        n, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds / 3:
            for _ in range(50):
                act()
            n += 50
        best = max(best, n / (time.perf_counter() - started))
    return best


def run(address: str, secret: str) -> None:
    """Measure and print."""
    now = datetime.now(UTC)
    who = Principal(
        user_id="bench",
        roles=frozenset({"citizen", "organisation_admin"}),
        posts=frozenset({("organisation_admin", "cong-doan")}),
    )
    keys = Keys(table("identity"), trust(), secret)
    token = issue(who, keys, now, "bench")
    held = trust().key(keys.issuer, jwt.get_unverified_header(token)["kid"])
    if held is None:
        raise LookupError("the city's own key")
    key = held

    def bare() -> Any:
        return jwt.decode(token, key.key, algorithms=[key.algorithm], audience=key.audience)

    thing = Resource(owner="bench", unit="cong-doan")
    decide = _rate(lambda: policy.allows(who, "identity:me", thing, now))
    verify = _rate(lambda: read(token, trust(), now))
    library = _rate(bare)
    with httpx.Client(base_url=address, timeout=60) as http:
        headers = {"Authorization": f"Bearer {token}"}

        def ask(_: int) -> float:
            started = time.perf_counter()
            http.get("/v1/sla/board", headers=headers)  # refused after token and policy: no table
            return time.perf_counter() - started

        request = percentile([ask(i) for i in range(100)][20:], 0.5) / 1000  # seconds
    rows: list[list[Any]] = [
        ["token verify, RS256", f"{verify:,.0f}/s", f"{verify / library:.2f} of bare PyJWT"],
        ["bare PyJWT decode", f"{library:,.0f}/s", "1"],
        ["policy decision", f"{decide:,.0f}/s", f"{1e6 / decide:.2f} µs each"],
        ["one request through the edge, p50", f"{request * 1000:.1f} ms", "1"],
        ["share of token verify", f"{100 / (verify * request):.2f} %", "of one request"],
        ["share of the policy", f"{100 / (decide * request):.4f} %", "of one request"],
    ]
    show("Who asks and what they may", ["", "figure", "ratio"], rows)
    keep(
        "guard",
        {
            "verify_per_s": verify,
            "bare_verify_per_s": library,
            "decisions_per_s": decide,
            "request_p50_s": request,
        },
    )
