"""The emulator's memory: what was put is there after a stop, and after a kill."""

import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local.memory import EXPECTED, WrongEmulator, check_version
from infra.local.place import Place, environment, free_port
from infra.local.processes import alive, end, fetch, spawn, until_answers

REGION = "ap-southeast-1"


class Cloud:
    """One emulator process with a table, a queue and a bucket."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.place = Place(folder, 1)
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        more = environment(self.place, self.endpoint) | settings
        self.pid = spawn(self.place, "emulator", more, "--port", str(port), "--folder", str(folder))
        until_answers(f"{self.endpoint}/_ministack/health", self.pid, "emulator", self.place)

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def deploy(self) -> None:
        self.client("dynamodb").create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
        self.client("sqs").create_queue(QueueName="q")
        self.client("s3").create_bucket(
            Bucket="pictures", CreateBucketConfiguration={"LocationConstraint": REGION}
        )

    def control(self, what: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(fetch(f"{self.endpoint}/_hues/{what}", post=b""))
        return answer

    def put(self, n: int) -> None:
        item = {"pk": {"S": f"p{n % 7}"}, "sk": {"S": str(n)}, "v": {"N": "1"}}
        self.client("dynamodb").put_item(TableName="things", Item=item)

    def kill(self) -> None:
        os.killpg(self.pid, signal.SIGKILL)
        while alive(self.pid):
            time.sleep(0.02)

    def url(self) -> str:
        return str(self.client("sqs").get_queue_url(QueueName="q")["QueueUrl"])


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Callable[..., Cloud]]:
    started: list[Cloud] = []

    def start(**settings: str) -> Cloud:
        started.append(Cloud(tmp_path, **settings))
        return started[-1]

    yield start
    for one in started:
        end(one.pid, 10)


def test_a_stop_keeps_items_messages_and_objects(cloud: Callable[..., Cloud]) -> None:
    first = cloud()
    first.deploy()
    assert first.control("load") == {"items": 0, "messages": 0, "objects": 0, "gone": []}
    for n in range(30):
        first.put(n)
    sqs, s3 = first.client("sqs"), first.client("s3")
    for body in ("taken", "waiting"):
        sqs.send_message(QueueUrl=first.url(), MessageBody=body)
    taken = sqs.receive_message(QueueUrl=first.url(), MaxNumberOfMessages=1)["Messages"]
    assert [m["Body"] for m in taken] == ["taken"]  # in flight when the city stops
    s3.put_object(Bucket="pictures", Key="k/a.jpg", Body=b"\x00\xff", ContentType="image/jpeg")
    end(first.pid, 20)

    second = cloud()
    second.deploy()
    assert second.control("load") == {"items": 30, "messages": 2, "objects": 1, "gone": []}
    table = second.client("dynamodb")
    found = table.query(
        TableName="things",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "p3"}},
    )["Items"]
    assert [i["sk"]["S"] for i in found] == sorted(["3", "10", "17", "24"])
    assert table.describe_table(TableName="things")["Table"]["ItemCount"] == 30
    got = second.client("sqs").receive_message(QueueUrl=second.url(), MaxNumberOfMessages=10)
    assert {m["Body"] for m in got["Messages"]} == {"taken", "waiting"}
    held = second.client("s3").get_object(Bucket="pictures", Key="k/a.jpg")
    assert (held["Body"].read(), held["ContentType"]) == (b"\x00\xff", "image/jpeg")


def test_a_kill_loses_only_what_came_after_the_last_snapshot(cloud: Callable[..., Cloud]) -> None:
    first = cloud(HUES_SAVE_EVERY_S="0.3")
    first.deploy()
    first.control("load")
    first.put(1)
    put_at = time.time()
    snapshot = first.place.state / "snapshot.pickle"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if snapshot.exists() and snapshot.stat().st_mtime > put_at:
            break
        time.sleep(0.05)
    first.kill()
    second = cloud()
    second.deploy()
    assert second.control("load")["items"] == 1
    assert snapshot.stat().st_mode & 0o077 == 0  # nobody else may read it


def test_a_city_that_never_loaded_does_not_overwrite_the_last_one(
    cloud: Callable[..., Cloud],
) -> None:
    first = cloud()
    first.deploy()
    first.control("load")
    first.put(1)
    end(first.pid, 20)
    end(cloud().pid, 20)  # stopped before its data came back
    third = cloud()
    third.deploy()
    assert third.control("load")["items"] == 1


def test_what_no_longer_exists_is_named(cloud: Callable[..., Cloud]) -> None:
    first = cloud()
    first.deploy()
    first.control("load")
    first.put(1)
    end(first.pid, 20)
    assert cloud().control("load") == {"items": 0, "messages": 0, "objects": 0, "gone": ["things"]}


def test_a_torn_snapshot_is_put_aside(cloud: Callable[..., Cloud], tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "snapshot.pickle").write_bytes(b"half of something")
    one = cloud()
    with pytest.raises(OSError, match="500"):
        one.control("load")
    assert (state / "snapshot.unreadable").exists()


def test_everything_listens_on_loopback_only(cloud: Callable[..., Cloud]) -> None:
    one = cloud()
    one.deploy()
    assert _listening(one.pid) == {("127.0.0.1", int(one.endpoint.rsplit(":", 1)[1]))}


def _listening(pid: int) -> set[tuple[str, int]]:
    """The TCP addresses a process listens on (proc(5): state 0A is LISTEN)."""
    sockets = set()
    for held in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(held.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                host, port = fields[1].split(":")
                shown = ".".join(str(b) for b in reversed(bytes.fromhex(host)[:4]))
                found.add((shown if len(host) == 8 else host, int(port, 16)))
    return found


def test_another_emulator_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check_version()
    monkeypatch.setattr("infra.local.memory.version", lambda _: "9.9.9")
    with pytest.raises(WrongEmulator, match=f"{EXPECTED} and this is 9.9.9"):
        check_version()


def _function(cloud: Cloud, name: str, code: str) -> Callable[[bytes], Any]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("app.py", code)
    client = cloud.client("lambda")
    client.create_function(
        FunctionName=name, Runtime="python3.12", Handler="app.handler",
        Role="arn:aws:iam::000000000000:role/r", Code={"ZipFile": packed.getvalue()},
    )  # fmt: skip
    return lambda event: client.invoke(FunctionName=name, Payload=event)["Payload"].read()


def test_functions_answer_at_once_and_every_line_is_of_its_own_call(
    tmp_path: Path, cloud: Callable[..., Cloud]
) -> None:
    """Nobody waits for lines that do not come; none that came is missed or a later call's."""
    running = cloud()
    quiet = _function(running, "quiet", "def handler(event, context):\n    return event\n")
    took = []
    for _ in range(30):
        started = time.monotonic()
        assert quiet(b"{}") == b"{}"
        took.append(time.monotonic() - started)
    assert min(took) < 0.045, "the emulator waits 50 ms for a line of its own accord"
    talks = _function(running, "talks", (
        "import json, sys\n"
        "def handler(event, context):\n"
        "    for i in range(event['n']):\n"
        "        print(json.dumps({'call': event['n'], 'line': i}))\n"
        "    sys.stderr.write('{\"unfinished\": true}')\n"
        "    return {}\n"
    ))  # fmt: skip
    for n in (0, 1, 200):
        talks(json.dumps({"n": n}).encode())
    log = (tmp_path / "logs" / "functions.log").read_text()
    told = [json.loads(line) for line in log.splitlines()]
    assert [(t["call"], t["line"]) for t in told if "call" in t] == [
        (1, 0), *((200, i) for i in range(200))
    ]  # fmt: skip
    assert sum("unfinished" in t for t in told) == 3
    assert "\x1e" not in log
