"""A camera's worker for the journeys: evidence into the bucket, a detection onto the queue, twice.

`python tests/e2e/camera_worker.py <config as JSON> [minutes ago]` beside a running city (HUES_LOCAL
says where); the configuration is what taking the camera over answered. Prints the detection's id.
"""

import hashlib
import io
import json
import sys
from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

import av
import boto3
import numpy as np
from PIL import Image, ImageDraw

from infra.replay.drive import join_running_city

WIDE, HIGH = 960, 540
FRAMES, FPS = 24, 8
LORRY = (0.42, 0.55, 0.6, 0.78)  # a box in shares of the picture
PLATE = "75C12345"


def scene(shift: float) -> Image.Image:
    """A road with a lorry that has come so far."""
    picture = Image.new("RGB", (WIDE, HIGH), "#9fb4c4")
    pen = ImageDraw.Draw(picture)
    pen.polygon([(96, 243), (864, 243), (912, 513), (48, 513)], fill="#5b5f66")
    pen.line([(480, 243), (480, 513)], fill="#e8e8e8", width=6)
    left, top, right, bottom = LORRY
    box = [(left + shift) * WIDE, top * HIGH, (right + shift) * WIDE, bottom * HIGH]
    pen.rectangle(box, fill="#b5482f")
    pen.rectangle([box[0] + 30, box[3] - 34, box[0] + 110, box[3] - 12], fill="#ffffff")
    pen.text((box[0] + 38, box[3] - 30), PLATE, fill="#000000")
    return picture


def still(shift: float) -> bytes:
    """The scene as JPEG."""
    out = io.BytesIO()
    scene(shift).save(out, "JPEG", quality=85)
    return out.getvalue()


def clip() -> bytes:
    """Three seconds of it as MP4."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, "yuv420p"
        for i in range(FRAMES):
            picture = np.asarray(scene((i - FRAMES / 2) / 100))
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return out.getvalue()


def main() -> None:
    """Send it."""
    if not join_running_city():
        sys.exit("no city runs here")
    from city.adapters.settings import settings
    from city.contracts.cameras import CameraConfig, Detection, EvidenceItem
    from city.kernel.clock import utc_now

    config = CameraConfig.model_validate_json(sys.argv[1])
    seen_at, id_ = utc_now(), f"journey-{uuid4().hex}"
    now = seen_at - timedelta(minutes=int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    files: list[EvidenceItem] = []
    made = {"before": still(-0.1), "at": still(0), "after": still(0.1), "clip": clip()}
    for role, data in made.items():
        kind, end = ("video/mp4", "mp4") if role == "clip" else ("image/jpeg", "jpg")
        key = f"evidence/{config.camera_id}/{now:%Y/%m/%d}/{id_}/{role}.{end}"
        boto3.client("s3").put_object(
            Bucket=settings().evidence_bucket, Key=key, Body=data, ContentType=kind
        )
        told = {
            "role": role, "key": key, "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data), "content_type": kind, "taken_at": now, "signed_at": now,
        }  # fmt: skip
        files.append(EvidenceItem.model_validate(told))
    rule = config.rules[0]
    left, top, right, bottom = LORRY
    lorry = {"label": "truck", "score": 0.91, "top_left": (left, top)}
    seen = Detection.model_validate(
        {
            "detection_id": id_, "camera_id": config.camera_id, "epoch": config.epoch,
            "worker": "journey", "rule_id": rule.rule_id, "rule_version": rule.version,
            "kind": rule.kind, "severity": "major", "started_at": now, "at": now,
            "seen_at": seen_at, "model": config.model, "score": 0.91, "simulated": True,
            "boxes": [{**lorry, "bottom_right": (right, bottom)}],
            "plate": {"text": PLATE, "score": 0.9},
        }
    )  # fmt: skip
    sqs = boto3.client("sqs")
    name = f"{settings().table_prefix}camera-detections"
    queue = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    for each in (seen, seen.model_copy(update={"evidence": tuple(files)})):
        sqs.send_message(QueueUrl=queue, MessageBody=each.model_dump_json())
    print(json.dumps({"id": id_}))


if __name__ == "__main__":
    main()
