"""The bridge from MQTT to the city: `python -m infra.bridge.mqtt`.

Gateways publish batches (the same JSON as `POST /v1/observations/batch`) to
`<prefix>/<gateway>/readings` with QoS 1. The bridge hands each on over HTTP with that gateway's key
and acknowledges it to the broker only after the city has taken it, so what is not in the queue
stays with the broker: the session is kept, and unacknowledged messages come again after a
reconnect. A batch that the city refuses for good is acknowledged and published to
`<prefix>/<gateway>/refused`, or it would come back for ever.

Settings: MQTT_HOST, MQTT_PORT, MQTT_PREFIX, MQTT_USER, MQTT_PASSWORD, MQTT_TLS=1, CITY_URL and
MQTT_KEYS, a JSON file of `{gateway: key}`.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

QOS = 1
FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 30.0
TIMEOUT_S = 20
AGAIN = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the city said. `wait_s` is how long it asked us to wait, if it did."""

    status: int
    wait_s: float = 0.0

    @property
    def taken(self) -> bool:
        """Whether the readings are in the queue."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def final(self) -> bool:
        """Whether sending the same again would be in vain."""
        refused = HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return refused and self.status not in AGAIN


Deliver = Callable[[str, bytes], Answer]


@dataclass(slots=True)
class Tally:
    """What was done so far."""

    delivered: int = 0
    refused: int = 0
    tries: int = 0
    connects: int = 0


@dataclass(slots=True)
class Bridge:
    """One connection to a broker; `deliver` hands a gateway's batch to the city."""

    host: str
    port: int
    deliver: Deliver
    prefix: str = "hues"
    client_id: str = "hues-bridge"
    user: str | None = None
    password: str | None = None
    tls: bool = False
    first_pause_s: float = FIRST_PAUSE_S
    tally: Tally = field(default_factory=Tally)
    _stop: threading.Event = field(default_factory=threading.Event)
    _inbox: "queue.Queue[mqtt.MQTTMessage]" = field(default_factory=queue.Queue)
    _client: mqtt.Client | None = None
    _worker: threading.Thread | None = None

    def start(self) -> None:
        """Connect, now or as soon as the broker is there, and begin to hand on."""
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            clean_session=False,
            manual_ack=True,
        )
        if self.user:
            client.username_pw_set(self.user, self.password)
        if self.tls:
            client.tls_set()
        client.reconnect_delay_set(min_delay=1, max_delay=int(LAST_PAUSE_S))
        client.on_connect = self._connected
        client.on_message = self._arrived
        self._client = client
        client.connect_async(self.host, self.port, keepalive=30)
        client.loop_start()
        self._worker = threading.Thread(target=self._work, name="bridge", daemon=True)
        self._worker.start()

    def stop(self) -> None:
        """Disconnect; what is not acknowledged comes again to the next session."""
        self._stop.set()
        if self._worker:
            self._worker.join(timeout=TIMEOUT_S)  # its last acknowledgement goes out before us
        if self._client:
            self._client.disconnect()
            self._client.loop_stop()

    def _connected(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if not reason.is_failure:
            self.tally.connects += 1
            client.subscribe(f"{self.prefix}/+/readings", qos=QOS)

    def _arrived(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        """On the network's thread: never waits, or the connection would die of silence.

        The inbox is bounded by the broker, which sends no more than its window (mosquitto: 20)
        ahead of our acknowledgements.
        """
        self._inbox.put(message)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                message = self._inbox.get(timeout=0.2)
            except queue.Empty:
                continue
            self._hand_on(message)

    def _hand_on(self, message: mqtt.MQTTMessage) -> None:
        """Deliver one message, again and again if need be, then acknowledge it."""
        gateway = message.topic.split("/")[-2]
        pause = self.first_pause_s
        while not self._stop.is_set():
            self.tally.tries += 1
            answer = self.deliver(gateway, bytes(message.payload))
            if answer.taken or answer.final:
                self._settle(message, gateway, answer)
                return
            self._stop.wait(max(pause, answer.wait_s))
            pause = min(pause * 2, LAST_PAUSE_S)

    def _settle(self, message: mqtt.MQTTMessage, gateway: str, answer: Answer) -> None:
        if self._client is None:
            return
        if not answer.taken:
            body = json.dumps({"status": answer.status, "mid": message.mid})
            self._client.publish(f"{self.prefix}/{gateway}/refused", body, qos=QOS)
        self._client.ack(message.mid, message.qos)
        self.tally.delivered += answer.taken
        self.tally.refused += not answer.taken


def over_http(city: str, keys: Mapping[str, str]) -> Deliver:
    """Deliver through the city's own door, with the gateway's key."""

    def deliver(gateway: str, body: bytes) -> Answer:
        request = Request(
            f"{city}/v1/observations/batch",
            data=body,
            headers={"Content-Type": "application/json", "X-API-Key": keys.get(gateway, "")},
        )
        try:
            with urlopen(request, timeout=TIMEOUT_S) as reply:
                return Answer(reply.status)
        except HTTPError as error:
            return Answer(error.code, _seconds(error.headers.get("Retry-After")))
        except (URLError, TimeoutError, ConnectionError):
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE)

    return deliver


def _seconds(words: str | None) -> float:
    return float(words) if words and words.isdigit() else 0.0


def main() -> None:
    """Run until stopped."""
    keys = json.loads(Path(os.environ["MQTT_KEYS"]).read_text("utf-8"))
    bridge = Bridge(
        host=os.environ.get("MQTT_HOST", "127.0.0.1"),
        port=int(os.environ.get("MQTT_PORT", "1883")),
        deliver=over_http(os.environ["CITY_URL"].rstrip("/"), keys),
        prefix=os.environ.get("MQTT_PREFIX", "hues"),
        user=os.environ.get("MQTT_USER"),
        password=os.environ.get("MQTT_PASSWORD"),
        tls=os.environ.get("MQTT_TLS") == "1",
    )
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopped.set())
    bridge.start()
    while not stopped.wait(60):
        print(json.dumps({"at": time.time(), **_told(bridge.tally)}), file=sys.stderr, flush=True)
    bridge.stop()


def _told(tally: Tally) -> dict[str, int]:
    return {
        "delivered": tally.delivered,
        "refused": tally.refused,
        "tries": tally.tries,
        "connects": tally.connects,
    }


if __name__ == "__main__":
    main()
