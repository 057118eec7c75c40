"""Makes the vector of a released photo: `python -m gpu_workers.cameras.faces.enrol`.

A process apart from the cameras' workers, with a key of its own: it gets one photo at a time, only
of a search that two people released under a legal basis in force, answers with the vector of the
one face in it or with why there is none, and keeps nothing. Settings: CITY_URL, ENROLLER_KEY,
FACE_MODEL (dlib-resnet@1), EVERY_S (10); EVIDENCE_BUCKET for a model of the registry.
"""

import json
import logging
import os
import signal
import sys
import threading
from base64 import b64decode
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import cv2
import numpy as np

from gpu_workers.cameras import registry
from gpu_workers.cameras.inference.session import BadModel

from .embedders import Embedders
from .search import FaceEmbedder

log = logging.getLogger(__name__)
DEFAULT_MODEL = "dlib-resnet@1"
WIDE_ENOUGH = 80  # pixels of a face in a reference photo
MOST_BYTES = 8_000_000
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Desk:
    """The city's desk for enrollers, over HTTP."""

    address: str
    key: str

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask or answer.

        Raises:
            OSError: the city does not answer, or refuses.
        """
        request = Request(  # noqa: S310 - the city's own address, configured
            f"{self.address.rstrip('/')}/v1/violations/faces/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-API-Key": self.key},
        )
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
            if answer.status == HTTPStatus.NO_CONTENT:
                return {}
            told: dict[str, Any] = json.loads(answer.read(MOST_BYTES))
            return told


def answer_of(photo: bytes, embedder: FaceEmbedder) -> dict[str, Any]:
    """What is told of a photo: the vector of its only face, or why there is none."""
    picture: Any = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    faces = [] if picture is None else list(embedder.embed(picture))
    told: dict[str, Any] = {"model": embedder.card.full_name}
    if len(faces) != 1:
        return {**told, "miss": "several_faces" if faces else "no_face"}
    left, _, right, _ = faces[0].corners
    if right - left < WIDE_ENOUGH:
        return {**told, "miss": "small_face"}
    return {**told, "vector": [float(x) for x in faces[0].vector]}


def once(desk: Desk, embedder: FaceEmbedder) -> bool:
    """Take one photo, if one waits, and answer; whether there was one.

    Raises:
        OSError: the city does not answer, or refuses.
    """
    items = desk.post("next", {})["items"]
    for item in items:
        told = answer_of(b64decode(item["photo"]), embedder)
        desk.post(f"{quote(item['search_id'], safe='')}/vector", told)
        log.info("%s: %s", item["search_id"], told.get("miss", "enrolled"))
    return bool(items)


def main() -> int:
    """Run until SIGTERM."""
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), stream=sys.stderr)
    places: list[registry.Models] = []
    if bucket := os.environ.get("EVIDENCE_BUCKET"):
        import boto3

        places.append(registry.Bucket(boto3.client("s3"), bucket))
    try:
        embedder = Embedders(places).get(os.environ.get("FACE_MODEL", DEFAULT_MODEL))
    except BadModel as fault:
        print(f"✗ {fault}", file=sys.stderr)
        return 1
    desk = Desk(os.environ["CITY_URL"], os.environ["ENROLLER_KEY"])
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    every = float(os.environ.get("EVERY_S", "10"))
    while not stop.is_set():
        try:
            if once(desk, embedder):
                continue
        except (HTTPError, URLError, OSError, ValueError, KeyError) as fault:
            log.warning("the city: %s", type(fault).__name__)
        stop.wait(every)
    return 0


if __name__ == "__main__":
    sys.exit(main())
