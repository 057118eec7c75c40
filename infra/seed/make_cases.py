"""Review cases of the demo: `python -m infra.seed.make_cases`, then make_cameras.

Rendered scenes (`gpu_workers/cameras/scenes`) are watched with the shipped detector, tracker and
rules; what a rule says becomes a case, with stills and a short clip that say in their picture that
they are rendered. Where the detector misses what happens, the scene's own truth is shown to the
rule instead, and the case says so (`by`).
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from io import BytesIO
from typing import Any

import av
import cv2
import numpy as np
from city.contracts.cameras import Box

from gpu_workers.cameras.evaluation.measure import load
from gpu_workers.cameras.evaluation.rules import Told, config_of, judge, perfect
from gpu_workers.cameras.evidence.drawing import annotated, others
from gpu_workers.cameras.faces import blur
from gpu_workers.cameras.scenes import Scene, Shot, make_scene
from gpu_workers.cameras.seen import Detector, Picture
from gpu_workers.cameras.vision import make_watch
from infra.seed.cases import CASES, FOLDER, SEED, WATER, Wanted
from infra.seed.load_cameras import DETECTOR

FPS, EVERY = 10.0, 2  # a scene's pictures a second; the rules see every second one
SIZE = (480, 270)
BEFORE_S, AFTER_S = 2.0, 1.5
QUALITY, CRF = 72, 33
SAID = "CANH DUNG / RENDERED SCENE, NOT A REAL CAMERA"


def scene_of(wanted: Wanted) -> Scene:
    """The scene, as everybody who asks sees it."""
    return make_scene(wanted.scene, seed=SEED, look=wanted.look, fps=FPS)  # type: ignore[arg-type]


def main() -> None:
    """Render, watch, write."""
    FOLDER.mkdir(exist_ok=True)
    detector, made = load(DETECTOR), []
    for wanted in CASES:
        case = made_of(wanted, scene_of(wanted), detector)
        made.append(case)
        size = sum(file["size"] for file in case["files"])
        print(f"{case['id']}: {case['kind']} by {case['by']}, {size // 1000} kB", flush=True)
    _thumbnail(WATER, next(iter(make_scene("water-level", seed=SEED, fps=FPS).frames())))
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    (FOLDER / "cases.json").write_text(text, "utf-8")


def made_of(wanted: Wanted, scene: Scene, detector: Detector) -> dict[str, Any]:
    """A case with its files.

    Raises:
        LookupError: neither the detector nor the truth makes the rule say anything.
    """
    by = detector.name
    found = watched(scene, detector)
    if found is None:
        by, found = "truth", watched(scene, None)
    if found is None:
        raise LookupError(f"{wanted.scene}: the rule says nothing")
    told, boxes, pictures = found
    happening, id_ = told.happening, f"{wanted.scene}-{wanted.look}"
    at_s = told.shot.at_s
    since = max(0.0, at_s - BEFORE_S)
    clip = film(pictures[round(since * FPS) : round((at_s + AFTER_S) * FPS) + 1])
    own = happening.boxes
    tracks = {box.track for box in own if box.track is not None}
    safe = blur(told.shot.picture, [*own, *others(boxes, own)], keep=tracks)
    drawn = annotated(safe, happening.rule, own, wanted.camera)
    files = [
        _file(id_, "at", jpeg(marked(told.shot.picture)), 0.0),
        _file(id_, "annotated", jpeg(marked(drawn)), 0.0),
        _file(id_, "clip", clip, since - at_s),
    ]
    return {
        "id": id_, "camera": wanted.camera, "hours_ago": wanted.hours_ago, "by": by,
        "kind": happening.rule.kind, "rule_id": happening.rule.rule_id,
        "since_s": round(_seconds(happening.started_at, happening.at), 2),
        "score": round(happening.score, 3),
        "boxes": [_rounded(box) for box in own],
        "measures": {name: round(value, 3) for name, value in happening.measures.items()},
        "said": happening.said, "files": files, "steps": [list(step) for step in wanted.steps],
    }  # fmt: skip


Found = tuple[Told, list[Box], list[Picture]]


def watched(scene: Scene, detector: Detector | None) -> Found | None:
    """The first thing that a rule says rightly, what was seen then, and the pictures until a
    little later, small and marked."""
    watch = make_watch(config_of(scene, FPS / EVERY), plates=None)
    pictures: list[Picture] = []
    found: tuple[Told, list[Box]] | None = None
    for shot in scene.frames():
        pictures.append(marked(shot.picture))
        if found is not None:
            if shot.at_s >= found[0].shot.at_s + AFTER_S:
                break
            continue
        if shot.index % EVERY == 0:
            boxes = perfect(shot) if detector is None else detector.detect([shot.picture])[0]
            right = (Told(h, shot) for h in watch.step(shot.frame(), boxes))
            told = next((each for each in right if _is_right(scene, each)), None)
            found = None if told is None else (told, list(boxes))
    return None if found is None else (*found, pictures)


def _is_right(scene: Scene, told: Told) -> bool:
    return any(score.right for score in judge(scene, [told]).values())


def _seconds(since: datetime, at: datetime) -> float:
    return (since - at) / timedelta(seconds=1)


def _rounded(box: Box) -> dict[str, Any]:
    told = box.model_dump(mode="json", exclude_none=True)
    corners = {
        name: [round(value, 4) for value in told[name]] for name in ("top_left", "bottom_right")
    }
    return {**told, **corners, "score": round(box.score, 3)}


def marked(picture: Picture) -> Picture:
    """Small, and saying what it is."""
    small = cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
    cv2.rectangle(small, (0, 0), (SIZE[0], 15), (30, 30, 30), -1)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(small, SAID, (5, 11), font, 0.36, (255, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(small, np.uint8)


def jpeg(picture: Picture) -> bytes:
    """A still."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(data)


def film(pictures: Iterable[Picture]) -> bytes:
    """A short clip, H.264."""
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"crf": str(CRF), "preset": "veryslow", "threads": "1"}
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return file.getvalue()


def _file(id_: str, role: str, data: bytes, offset_s: float) -> dict[str, Any]:
    name = f"{id_}-{role}.{'mp4' if role == 'clip' else 'jpg'}"
    (FOLDER / name).write_bytes(data)
    return {
        "role": role, "name": name, "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data), "content_type": "video/mp4" if role == "clip" else "image/jpeg",
        "offset_s": round(offset_s, 2),
    }  # fmt: skip


def _thumbnail(camera: str, shot: Shot) -> None:
    (FOLDER / f"{camera}.jpg").write_bytes(jpeg(marked(shot.picture)))


if __name__ == "__main__":
    main()
