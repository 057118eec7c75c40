"""A camera worker: `python -m gpu_workers.cameras`. Settings: gpu_workers/cameras/settings.py."""

import logging
import os
import signal
import sys
from functools import partial
from typing import Any

import boto3
import cv2
from botocore.config import Config

from gpu_workers.cameras import registry
from gpu_workers.cameras.assign.queue import Sqs
from gpu_workers.cameras.city import HttpCity
from gpu_workers.cameras.evidence.gather import Gatherer
from gpu_workers.cameras.evidence.spool import Spool, over_sqs, to_bucket
from gpu_workers.cameras.faces.embedders import Embedders
from gpu_workers.cameras.inference.engine import Engines, LoadDetector
from gpu_workers.cameras.probe import serve
from gpu_workers.cameras.seen import WatchMaker
from gpu_workers.cameras.settings import Settings, from_environment, threads_each
from gpu_workers.cameras.signals import Signals
from gpu_workers.cameras.sources.stream import Reading
from gpu_workers.cameras.tools import Tools
from gpu_workers.cameras.worker import Worker

SIGNED_S = 3600
# One try takes at most five seconds: an assignment is kept every sixteen.
CLIENT = Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 2, "mode": "standard"},
                max_pool_connections=32)  # fmt: skip


def built(settings: Settings, make_watch: WatchMaker, load: LoadDetector | None = None) -> Worker:
    """A worker of real parts; `load` finds detectors elsewhere than in the registry."""
    sqs, s3 = boto3.client("sqs", config=CLIENT), boto3.client("s3", config=CLIENT)
    places: list[registry.Models] = [registry.Bucket(s3, settings.bucket), registry.Folder()]
    upload = to_bucket(s3, settings.bucket)
    city = HttpCity(settings.city, settings.key)
    threads = settings.threads or threads_each(settings.runners)
    tools = Tools(
        worker=settings.name,
        city=city,
        engines=Engines(
            load or (lambda model: registry.load(model, places, threads=threads)),
            runners=settings.runners,
            most=settings.batch,
        ),
        gatherer=Gatherer(
            Spool(over_sqs(sqs, settings.detections)), upload, after_s=settings.after_s
        ),
        reading=Reading(
            hardware=settings.hardware, folder=settings.folder, sign=_signed(s3, settings.bucket)
        ),
        signals=Signals(city.signals),
        make_watch=partial(make_watch, faces=Embedders(places).looker),
    )
    return Worker(settings, Sqs(sqs, settings.assignments), tools, upload)


def _signed(s3: Any, bucket: str) -> Any:
    def sign(key: str) -> str:
        address: str = s3.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=SIGNED_S
        )
        return address

    return sign


def work(make_watch: WatchMaker, load: LoadDetector | None = None) -> int:
    """Run a worker until SIGTERM or SIGINT."""
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO"), stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )  # fmt: skip
    cv2.setNumThreads(1)  # each camera has its thread: more of them for one small picture only wait
    settings = from_environment()
    worker = built(settings, make_watch, load)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: worker.ask_to_stop())
    if settings.probe_port:
        patience = worker.keeper.hidden_s
        tools = worker.tools
        serve(settings.probe_port, lambda: tools.monotonic() - worker.last_kept < patience)
    worker.run()
    return 0


if __name__ == "__main__":
    from gpu_workers.cameras.vision import make_watch

    sys.exit(work(make_watch))
