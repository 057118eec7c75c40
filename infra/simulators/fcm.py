"""Firebase Cloud Messaging, simulated: HTTP v1 and the token endpoint before it.

It checks what Google checks as far as its documents say: the service account's assertion
(RFC 7523: signature, audience, scope, at most an hour), the bearer token, the message's size and
types. No phone hears of anything.

    POST /token                              an assertion for a token of an hour
    POST /v1/projects/{id}/messages:send     a message to one registration token
    GET  /_messages?to=<token>, POST /_dial  see `dial`; `id` is the registration token; "code"
                                             is the FCM error code that goes with a status
"""

import json
import os
import secrets
import time
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from infra.simulators.dial import Dial, simulator

NOTICE = "Trình mô phỏng · a simulator of Firebase Cloud Messaging. No phone hears of anything."
PROJECT, EMAIL = "hue-s-sandbox", "sandbox@hue-s-sandbox.iam.example"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE_S, LARGEST = 3600, 4096
STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
}  # fmt: skip
CODES = {404: "UNREGISTERED", 429: "QUOTA_EXCEEDED", 500: "INTERNAL", 503: "UNAVAILABLE"}


def new_key() -> str:
    """A service account's private key as PEM."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def service_account(address: str, private_key: str) -> dict[str, str]:
    """The key file that Google would hand out, for the simulator at an address."""
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "client_email": EMAIL,
        "private_key_id": "sandbox",
        "private_key": private_key,
        "token_uri": f"{address}/token",
    }


class Fcm:
    """Tokens that were given out, and what was sent."""

    def __init__(self, address: str, key: Any, dial: Dial) -> None:
        self.address, self.key, self.dial = address.rstrip("/"), key, dial
        self.tokens: dict[str, float] = {}

    async def token(self, request: web.Request) -> web.Response:
        """An assertion for a token."""
        form = await request.post()
        try:
            if form.get("grant_type") != GRANT:
                raise jwt.InvalidTokenError("grant_type")
            claims = jwt.decode(
                str(form.get("assertion", "")), self.key, algorithms=["RS256"],
                audience=f"{self.address}/token", issuer=EMAIL,
                options={"require": ["iss", "aud", "exp", "iat"]},
            )  # fmt: skip
            if claims.get("scope") != SCOPE or claims["exp"] - claims["iat"] > LIFE_S:
                raise jwt.InvalidTokenError("scope or life")
        except jwt.PyJWTError as fault:
            told = {"error": "invalid_grant", "error_description": str(fault)}
            return web.json_response(told, status=400)
        made = secrets.token_urlsafe(24)
        self.tokens[made] = time.time() + LIFE_S
        return web.json_response(
            {"access_token": made, "expires_in": LIFE_S, "token_type": "Bearer"}
        )

    async def send(self, request: web.Request) -> web.Response:
        """A message to one registration token."""
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(bearer, 0) < time.time():
            return _error(401, "UNAUTHENTICATED", {})
        if request.match_info["project"] != PROJECT:
            return _error(403, "SENDER_ID_MISMATCH", {})
        try:
            message = json.loads(await request.read())["message"]
            to = str(message["token"])
        except (ValueError, KeyError, TypeError):
            return _error(400, "INVALID_ARGUMENT", {})
        if _wrong(message):
            return _error(400, "INVALID_ARGUMENT", {})
        status, fault = await self.dial.status(to)
        if status not in (None, 200):
            return _error(status, fault.get("code") or CODES.get(status, STATUS[400]), fault)
        self.dial.keep(to, message=message)
        name = f"projects/{PROJECT}/messages/{secrets.token_hex(8)}"
        return web.json_response({"name": name})


def _wrong(message: dict[str, Any]) -> bool:
    data = message.get("data", {})
    told = {"data": data, "notification": message.get("notification", {})}
    size = len(json.dumps(told, ensure_ascii=False).encode())
    return size > LARGEST or not all(isinstance(value, str) for value in data.values())


def _error(status: int | None, code: str, fault: dict[str, Any]) -> web.Response:
    status = status or 500
    details = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}
    told = {"code": status, "status": STATUS.get(status, "UNKNOWN"), "details": [details]}
    headers = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
    return web.json_response({"error": {**told, "message": NOTICE}}, status=status, headers=headers)


def app(address: str, city: str) -> web.Application:  # noqa: ARG001 - every simulator's shape
    """The service at an address; it knows the account of FCM_ACCOUNT, and nobody without one."""
    dial = Dial()
    told = json.loads(os.environ.get("FCM_ACCOUNT") or "{}")
    private = load_pem_private_key((told.get("private_key") or new_key()).encode(), None)
    service = Fcm(address, private.public_key(), dial)
    made = simulator(NOTICE, dial)
    made.router.add_post("/token", service.token)
    made.router.add_post("/v1/projects/{project}/messages:send", service.send)
    return made
