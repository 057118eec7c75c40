"""The MQTT bridge beside a real broker (mosquitto): acknowledged only after the queue."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from city.kernel.problems import Problem
from city.sensing.intake import read_batch, take
from city.sensing.model import millis
from paho.mqtt.enums import CallbackAPIVersion
from sensing_world import CITY, T0, World

from infra.bridge.mqtt import Answer, Bridge
from infra.local.place import free_port

MOSQUITTO = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
if MOSQUITTO is None and not os.environ.get("CI"):
    pytest.skip("mosquitto is not installed (Debian: mosquitto)", allow_module_level=True)


class Broker:
    """A broker on a free port that keeps its sessions in a folder over restarts."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {folder}/\nautosave_interval 1\n"
            f"user {os.environ.get('USER', 'root')}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._config)], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(lambda: _open(self.port))

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=10)


def _open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    made.start()
    yield made
    made.stop()


class Door:
    """The city's own door behind the bridge, and a switch for its failures."""

    def __init__(self) -> None:
        self.world = World()
        self.answers: list[Answer] = []

    def deliver(self, gateway: str, body: bytes) -> Answer:
        if self.answers:
            return self.answers.pop(0)
        try:
            take(self.world.store, self.world.line, CITY, gateway, read_batch(body), self.world.now)
        except Problem as problem:
            return Answer(problem.status)
        except ConnectionError:
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE)
        return Answer(HTTPStatus.ACCEPTED)

    def values(self) -> list[float]:
        return [raw[2] for m in self.world.line.messages for raw in m["readings"]]


@pytest.fixture
def door() -> Door:
    return Door()


def running(broker: Broker, door: Door) -> Bridge:
    bridge = Bridge("127.0.0.1", broker.port, door.deliver, first_pause_s=0.02)
    bridge.start()
    until(lambda: bridge.tally.connects > 0)
    time.sleep(0.1)  # the subscription is on its way
    return bridge


def publish(broker: Broker, *values: float, gateway: str = "gw-river") -> None:
    """A gateway that knows its batches are with the broker."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    for i, value in enumerate(values):
        item = {"stream": "kim-long.water_level", "t": millis(T0) - i * 1000, "v": value}
        body = json.dumps({"gateway": gateway, "items": [item]})
        client.publish(f"hues/{gateway}/readings", body, qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def test_batches_go_from_the_broker_to_the_queue(broker: Broker, door: Door) -> None:
    bridge = running(broker, door)
    publish(broker, 1.1, 1.2, 1.3)
    until(lambda: bridge.tally.delivered == 3)
    bridge.stop()
    assert door.values() == [1.1, 1.2, 1.3]
    assert bridge.tally.refused == 0


def test_what_the_queue_did_not_take_is_tried_again(broker: Broker, door: Door) -> None:
    door.answers = [Answer(503), Answer(429, wait_s=0.05), Answer(500)]
    bridge = running(broker, door)
    publish(broker, 1.1)
    until(lambda: bridge.tally.delivered == 1)
    bridge.stop()
    assert (bridge.tally.tries, door.values()) == (4, [1.1])


def test_a_bridge_that_dies_before_the_acknowledgement_loses_nothing(
    broker: Broker, door: Door
) -> None:
    door.world.line.down = True
    first = running(broker, door)
    publish(broker, 1.1, 1.2)
    until(lambda: first.tally.tries > 1)
    first.stop()
    assert (first.tally.delivered, door.values()) == (0, [])
    door.world.line.down = False
    second = running(broker, door)
    until(lambda: second.tally.delivered == 2)
    second.stop()
    assert sorted(door.values()) == [1.1, 1.2]


def test_the_broker_restarts(broker: Broker, door: Door) -> None:
    bridge = running(broker, door)
    publish(broker, 1.1)
    until(lambda: bridge.tally.delivered == 1)
    broker.stop()
    broker.start()
    until(lambda: bridge.tally.connects == 2)
    time.sleep(0.1)
    publish(broker, 1.2)
    until(lambda: 1.2 in door.values())
    bridge.stop()
    # the first comes again if the broker stopped before it read the acknowledgement
    assert list(dict.fromkeys(door.values())) == [1.1, 1.2]


def test_what_is_refused_for_good_is_told_and_does_not_come_back(
    broker: Broker, door: Door
) -> None:
    told: list[str] = []
    listener = mqtt.Client(CallbackAPIVersion.VERSION2)
    listener.on_message = lambda *args: told.append(args[2].topic)
    listener.connect("127.0.0.1", broker.port)
    listener.subscribe("hues/+/refused", qos=1)
    listener.loop_start()
    bridge = running(broker, door)
    publish(broker, 1.1, gateway="gw-unknown")
    until(lambda: bridge.tally.refused == 1 and told != [])
    bridge.stop()
    again = running(broker, door)
    time.sleep(0.3)
    again.stop()
    listener.disconnect()
    listener.loop_stop()
    assert told == ["hues/gw-unknown/refused"]
    assert again.tally.tries == 0
