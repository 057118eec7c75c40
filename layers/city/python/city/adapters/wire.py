"""Calls of those services that speak plain JSON: tables, queues, the bus.

botocore takes 1.5 ms of processor for a call, most of it to find out each time what does not
change: which address, which way to sign, how the answer is read. These three take and give the very
JSON that we write, so a call is one signed POST (AWS Signature Version 4), 0.5 ms. Address, region,
credentials and their renewal are still botocore's, and so is its behaviour where it matters: three
attempts with jitter when there is no answer, a 5xx or "slow down"; one token in all attempts of a
transaction; its exceptions; who listens to `before-send` (tests answer there). Through a proxy,
botocore itself is asked.

Docs: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import functools
import hashlib
import hmac
import json
import os
import random
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies
from uuid import uuid4

import urllib3
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.httpsession import get_cert_path
from urllib3.exceptions import HTTPError

ATTEMPTS = 3
CONNECT_S, ANSWER_S = 3.0, 10.0
PAUSE_S = 0.05
_SLOW_DOWN = {
    "ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException",
    "ProvisionedThroughputExceededException", "RequestThrottled", "TransactionInProgressException",
}  # fmt: skip
_TRACED = "-_.~=;:+&[]{}\"',"  # what a trace header keeps as it is


@functools.lru_cache(maxsize=8)
def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """The key of a day (four HMACs), kept since it is the same for each call of it."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature(
    credentials: Any, region: str, service: str, headers: dict[str, str], body: bytes
) -> str:
    """The `Authorization` of a POST to `/` with these headers, all of them signed; names are in
    lower case, `x-amz-date` is among them."""
    names = sorted(headers)
    listed = ";".join(names)
    told = "".join(f"{name}:{headers[name]}\n" for name in names)
    request = f"POST\n/\n\n{told}\n{listed}\n{hashlib.sha256(body).hexdigest()}"
    moment = headers["x-amz-date"]
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    signed = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    key = signing_key(credentials.secret_key, moment[:8], region, service)
    mark = hmac.digest(key, signed.encode(), "sha256").hex()
    return (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={listed}, Signature={mark}"
    )


class Wire:
    """The short way of one botocore client."""

    def __init__(self, client: Any) -> None:
        meta, model = client.meta, client.meta.service_model
        self.client = client
        self._url = meta.endpoint_url
        self._host = urlsplit(self._url).netloc
        self._region, self._service = meta.region_name, model.signing_name
        self._prefix = model.metadata["targetPrefix"]
        self._type = f"application/x-amz-json-{model.metadata['jsonVersion']}"
        self._around = urlsplit(self._url).scheme in getproxies()
        self._pool = urllib3.PoolManager(
            num_pools=2, maxsize=10, ca_certs=get_cert_path(True),
            timeout=urllib3.Timeout(connect=CONNECT_S, read=ANSWER_S),
        ).connection_from_url(self._url)  # fmt: skip

    def call(self, operation: str, told: dict[str, Any]) -> dict[str, Any]:
        """Ask, and give the answer's document.

        Raises:
            ClientError: refused, as botocore says it. EndpointConnectionError: no answer.
        """
        if self._around:
            found: dict[str, Any] = self.client._make_api_call(operation, told)
            return found
        if operation == "TransactWriteItems":
            told = {"ClientRequestToken": str(uuid4()), **told}
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                status, headers, content = self._sent(operation, body)
            except HTTPError as fault:
                if last:
                    raise EndpointConnectionError(endpoint_url=self._url, error=fault) from fault
            else:
                if status < HTTPStatus.MULTIPLE_CHOICES:
                    read: dict[str, Any] = json.loads(content) if content else {}
                    return read
                refusal: Any = _refusal(status, headers, content)
                code = refusal["Error"]["Code"]
                if last or not (status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _SLOW_DOWN):
                    raise self._fault(code)(refusal, operation)
            time.sleep(random.uniform(0.5, 1) * PAUSE_S * 2**attempt)  # noqa: S311 - jitter
        raise AssertionError  # the last attempt returns or raises

    def _sent(self, operation: str, body: bytes) -> tuple[int, Any, bytes]:
        credentials = self.client._request_signer._credentials.get_frozen_credentials()
        headers = {
            "content-type": self._type,
            "host": self._host,
            "x-amz-date": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
            "x-amz-target": f"{self._prefix}.{operation}",
        }
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        made = signature(credentials, self._region, self._service, headers, body)
        headers |= {"authorization": made, "user-agent": "hue-s"}
        trace = os.environ.get("_X_AMZN_TRACE_ID")
        if trace and "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            headers["x-amzn-trace-id"] = quote(trace, safe=_TRACED)  # Lambda counts loops by it
        asked: Any = headers
        told = self.client.meta.events.emit_until_response(
            f"before-send.{self._service}.{operation}",
            request=AWSPreparedRequest("POST", f"{self._url}/", asked, body, False),
        )[1]
        if told is not None:
            return told.status_code, told.headers, told.content
        answer = self._pool.urlopen("POST", "/", body=body, headers=headers, retries=False)
        return answer.status, answer.headers, answer.data

    def _fault(self, code: str) -> type[ClientError]:
        """The client's own class of a fault, as callers catch it."""
        found: type[ClientError] = self.client.exceptions.from_code(code)
        return found


def _refusal(status: int, headers: Any, content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    code = str(told.get("__type") or headers.get("x-amzn-errortype") or status)
    return {
        "Error": {
            "Code": code.rpartition("#")[2].partition(":")[0],
            "Message": told.get("message") or told.get("Message") or "",
        },
        "ResponseMetadata": {
            "HTTPStatusCode": status,
            "HTTPHeaders": {name.lower(): value for name, value in headers.items()},
        },
        "CancellationReasons": told.get("CancellationReasons", []),
    }
