"""The short way to the cloud: signed as botocore signs, tried again as botocore tries."""

import json
import re
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, EndpointConnectionError
from city.adapters import wire
from city.adapters.wire import Wire, signature
from urllib3.exceptions import ProtocolError

Answer = tuple[int, dict[str, str], bytes]
GOOD: Answer = (200, {}, b'{"Item": {}}')
REGION = "ap-southeast-1"


@pytest.mark.parametrize("token", [None, "a session's token"])
@pytest.mark.parametrize("body", [b"{}", '{"tên":"Huế"}'.encode()])
def test_it_signs_as_botocore_does(token: str | None, body: bytes) -> None:
    who = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    headers = {"content-type": "application/x-amz-json-1.0", "host": "dynamodb.example"}
    headers |= {"x-amz-target": "DynamoDB_20120810.GetItem"}
    asked = AWSRequest("POST", "https://dynamodb.example/", headers, body)
    SigV4Auth(who, "dynamodb", REGION).add_auth(asked)
    told = {name.lower(): value for name, value in asked.headers.items()}
    theirs = told.pop("authorization")
    assert signature(who, REGION, "dynamodb", told, body) == theirs
    assert signature(who, REGION, "dynamodb", told, body + b" ") != theirs


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Wire, list[Any]]]:
    """A wire whose other end gives these answers in turn, and what it was asked."""
    monkeypatch.setattr(wire, "PAUSE_S", 0.0)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)

    def made(*answers: Answer | Exception, service: str = "dynamodb") -> tuple[Wire, list[Any]]:
        client = boto3.client(
            service, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
        )
        found, asked, left = Wire(client), list[Any](), list(answers)

        class Told:
            def __init__(self, answer: Answer) -> None:
                self.status, self.headers, self.data = answer

        class Pool:
            def urlopen(self, method: str, url: str, **more: Any) -> Told:
                asked.append((method, url, more["headers"], json.loads(more["body"])))
                answer = left.pop(0)
                if isinstance(answer, Exception):
                    raise answer
                return Told(answer)

        monkeypatch.setattr(found, "_pool", Pool())
        return found, asked

    return made


def refused(code: str, status: int = 400, **more: Any) -> Answer:
    told = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no", **more}
    return status, {}, json.dumps(told).encode()


def test_a_call_is_one_signed_post(short: Any) -> None:
    found, asked = short(GOOD)
    assert found.call("GetItem", {"TableName": "t"}) == {"Item": {}}
    method, url, headers, body = asked[0]
    assert (method, url, body) == ("POST", "/", {"TableName": "t"})
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert headers["host"] == f"dynamodb.{REGION}.amazonaws.com"
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert re.search(rf"Credential=a/\d{{8}}/{REGION}/dynamodb/aws4", headers["authorization"])


@pytest.mark.parametrize(
    ("service", "target"), [("events", "AWSEvents.PutEvents"), ("sqs", "AmazonSQS.PutEvents")]
)
def test_each_service_by_its_own_name(short: Any, service: str, target: str) -> None:
    found, asked = short((200, {}, b""), service=service)
    assert found.call("PutEvents", {}) == {}
    assert asked[0][2]["x-amz-target"] == target


@pytest.mark.parametrize(
    "first",
    [
        ProtocolError("reset"),
        (503, {}, b"<html>"),
        refused("ThrottlingException"),
        refused("InternalServerError", 500),
    ],
)
def test_what_passes_is_tried_again(short: Any, first: Answer | Exception) -> None:
    found, asked = short(first, first, GOOD)
    assert found.call("GetItem", {}) == {"Item": {}}
    assert len(asked) == 3


def test_it_gives_up_after_three(short: Any) -> None:
    found, asked = short(*[ProtocolError("reset")] * 3)
    with pytest.raises(EndpointConnectionError):
        found.call("GetItem", {})
    assert len(asked) == 3
    found, asked = short(*[(503, {}, b"<html>")] * 3)
    with pytest.raises(ClientError) as gone:
        found.call("GetItem", {})
    assert gone.value.response["Error"]["Code"] == "503"


def test_a_transaction_has_one_token_in_all_attempts(short: Any) -> None:
    found, asked = short(ProtocolError("reset"), GOOD, GOOD)
    found.call("TransactWriteItems", {"TransactItems": []})
    found.call("TransactWriteItems", {"TransactItems": []})
    first, again, other = (body["ClientRequestToken"] for *_, body in asked)
    assert first == again != other


def test_a_refusal_is_said_as_botocore_says_it(short: Any) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]
    found, asked = short(refused("TransactionCanceledException", CancellationReasons=reasons))
    with pytest.raises(found.client.exceptions.TransactionCanceledException) as gone:
        found.call("TransactWriteItems", {})
    assert gone.value.response["CancellationReasons"] == reasons
    assert len(asked) == 1


def test_through_a_proxy_botocore_is_asked(short: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    found, asked = short()
    monkeypatch.setattr(found.client, "_make_api_call", lambda *told: {"told": told})
    assert found.call("GetItem", {}) == {"told": ("GetItem", {})}
    assert asked == []
