"""A plain HTTP connection whose two halves are told apart: before it is open nothing was sent, and
after that nobody knows. What counts as an answer is the caller's to say."""

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult


def opened(at: SplitResult, connect_s: float, answer_s: float) -> http.client.HTTPConnection:
    """An open connection that waits `answer_s` for each answer.

    Raises:
        OSError: nobody is there; nothing was sent.
    """
    host, port = at.hostname or "", at.port
    connection: http.client.HTTPConnection
    if at.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, port, timeout=connect_s, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=connect_s)
    try:
        connection.connect()
    except OSError:
        connection.close()
        raise
    connection.sock.settimeout(answer_s)
    return connection


def exchange(
    connection: http.client.HTTPConnection,
    key: str,
    method: str,
    path: str,
    body: Mapping[str, Any] | None,
    most: int,
) -> tuple[int, bytes]:
    """Ask with a bearer token; the status and at most one byte more than `most`, whatever they say.

    Raises:
        OSError, HTTPException: it broke on the way.
    """
    sent = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request(method, path, body=sent, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read(most + 1)
