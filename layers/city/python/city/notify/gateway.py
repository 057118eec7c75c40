"""A telecom's HTTP gateway for short messages.

The shape most of them share: `POST {url}` with a bearer key and JSON `{to, text, client_ref}`; 2xx
is accepted, 409 says that `client_ref` came before, 429 and 5xx may be tried again. Not run against
any gateway yet; the sandbox uses the simulator instead.
"""

import json
import urllib.error
import urllib.request
from datetime import datetime
from http import HTTPStatus
from typing import Any

TIMEOUT_S = 8


class GatewayBusy(Exception):
    """Try again later; the queue does."""


class GatewayRefused(Exception):
    """This message will never be taken; it goes to the dead letters."""


class HttpGateway:
    """A gateway at an address, with a key."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key

    def deliver(self, message: dict[str, Any], now: datetime) -> None:  # noqa: ARG002 - the port
        """Deliver one message, once per its `id` (the gateway's `client_ref`).

        Raises:
            GatewayBusy: no answer, 429 or 5xx.
            GatewayRefused: any other refusal.
        """
        body = {"to": message["to"], "text": message["text"], "client_ref": message["id"]}
        request = urllib.request.Request(  # noqa: S310 - the address is configuration
            self._url,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310 - as above
                return
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.CONFLICT:
                return
            if error.code == HTTPStatus.TOO_MANY_REQUESTS or error.code >= 500:
                raise GatewayBusy(str(error.code)) from error
            raise GatewayRefused(str(error.code)) from error
        except OSError as error:
            raise GatewayBusy(type(error).__name__) from error
