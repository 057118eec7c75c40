"""A push service, simulated: what stands between a server and a browser (RFC 8030, 8292).

It checks what a real one checks (TTL, encoding, size, the VAPID signature), keeps messages for
whoever holds the subscription, lets a newer message of one topic replace an older one that still
waits, and misbehaves on demand. It delivers to no browser and cannot read what it keeps.

    POST /push/{id}         a message for a subscription (any id is one)
    GET  /_messages/{id}    what waits for it: headers, and the encrypted body in base64url
    POST /_dial             {"id": "…" or "*", "status": 429, "retry_after": 5, "times": 3}
                            status 0 never answers; "slow_s" answers late; {"id": "*"} resets
    GET  /_counts           messages by status
"""

import asyncio
import base64
import time
from collections import Counter, defaultdict, deque
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

NOTICE = "Trình mô phỏng · a simulator of a push service. Nothing here reaches a browser."
LARGEST, KEPT = 4096, 50
NEVER_S = 3600
CHECKED = 10_000  # signatures that need not be checked again


class PushService:
    """Subscriptions, what waits for them, and the fault dial."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.waiting: dict[str, deque[dict[str, Any]]] = defaultdict(lambda: deque(maxlen=KEPT))
        self.dialled: dict[str, dict[str, Any]] = {}
        self.counts: Counter[int] = Counter()
        self._good: dict[str, float] = {}
        self._sent = 0

    async def page(self, _: web.Request) -> web.Response:
        """What this is."""
        return web.Response(text=NOTICE)

    async def receive(self, request: web.Request) -> web.Response:
        """A message for one subscription."""
        name = request.match_info["id"]
        body = await request.read()
        fault = self._fault(name)
        if fault and "slow_s" in fault:
            await asyncio.sleep(float(fault["slow_s"]))
        status = int(fault.get("status", 201)) if fault else 201
        if status == 0:
            await asyncio.sleep(NEVER_S)
        if status == 201:
            status = self._refusal(request, len(body))
        self.counts[status] += 1
        if status != 201:
            retry = (
                {"Retry-After": str(fault["retry_after"])}
                if fault and "retry_after" in fault
                else {}
            )
            return web.Response(status=status, headers=retry)
        self._keep(name, request, body)
        return web.Response(status=201, headers={"Location": f"{self.address}/m/{self._sent}"})

    def _keep(self, name: str, request: web.Request, body: bytes) -> None:
        self._sent += 1
        topic = request.headers.get("Topic")
        held = self.waiting[name]
        if topic:
            for old in [one for one in held if one["topic"] == topic]:
                held.remove(old)
        held.append(
            {
                "id": self._sent,
                "at": time.time(),
                "topic": topic,
                "ttl": int(request.headers["TTL"]),
                "urgency": request.headers.get("Urgency"),
                "body": base64.urlsafe_b64encode(body).decode(),
            }
        )

    def _refusal(self, request: web.Request, size: int) -> int:
        headers = request.headers
        if not headers.get("TTL", "").isdigit():
            return 400
        if headers.get("Content-Encoding") != "aes128gcm":
            return 415
        if size > LARGEST:
            return 413
        return 201 if self._signed(headers.get("Authorization", "")) else 403

    def _signed(self, authorization: str) -> bool:
        """RFC 8292: a token for this origin, by the key it names, good for a day at most."""
        if self._good.get(authorization, 0) > time.time():
            return True
        scheme, _, rest = authorization.partition(" ")
        told = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        if scheme.lower() != "vapid" or not {"t", "k"} <= told.keys():
            return False
        try:
            raw = base64.urlsafe_b64decode(told["k"] + "==")
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
            claims = jwt.decode(
                told["t"], key, algorithms=["ES256"], audience=self.address,
                options={"require": ["aud", "exp", "sub"]},
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError):
            return False
        if claims["exp"] > time.time() + 86_400:
            return False
        if len(self._good) > CHECKED:
            self._good.clear()
        self._good[authorization] = float(claims["exp"])
        return True

    async def messages(self, request: web.Request) -> web.Response:
        """What waits for a subscription."""
        return web.json_response({"items": list(self.waiting[request.match_info["id"]])})

    async def dial(self, request: web.Request) -> web.Response:
        """Misbehave."""
        told: dict[str, Any] = await request.json()
        if set(told) == {"id"}:
            self.dialled.pop(told["id"], None) if told["id"] != "*" else self.dialled.clear()
        else:
            self.dialled[str(told["id"])] = {"times": 1, **told}
        return web.json_response({"dialled": list(self.dialled.values())})

    async def counted(self, _: web.Request) -> web.Response:
        """Messages by status."""
        return web.json_response({str(status): n for status, n in self.counts.items()})

    def _fault(self, name: str) -> dict[str, Any] | None:
        at = name if name in self.dialled else "*"
        found = self.dialled.get(at)
        if found is None:
            return None
        found["times"] -= 1
        if found["times"] <= 0:
            del self.dialled[at]
        return found


def app(address: str, city: str) -> web.Application:  # noqa: ARG001 - every simulator's shape
    """The push service at an address."""
    service = PushService(address)
    made = web.Application(client_max_size=64 * 1024)
    made.router.add_get("/", service.page)
    made.router.add_get("/healthz", service.page)
    made.router.add_post("/push/{id}", service.receive)
    made.router.add_get("/_messages/{id}", service.messages)
    made.router.add_post("/_dial", service.dial)
    made.router.add_get("/_counts", service.counted)
    return made
