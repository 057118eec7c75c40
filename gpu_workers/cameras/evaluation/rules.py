"""Rules against the truth of their scenes: what was told rightly, wrongly, and what was missed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from city.contracts.cameras import Box, CameraConfig

from gpu_workers.cameras.scenes import Incident, Scene, Shot
from gpu_workers.cameras.seen import Detector, Happening, Watch

LEAST_OVERLAP = 0.3
WATER_TOLERANCE_M = 0.06


@dataclass(slots=True)
class Score:
    """Counts of one rule; `wrong` and `missed` say what they were."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)  # of a measure, in its unit

    def add(self, other: "Score") -> None:
        """Sum up."""
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed
        self.errors += other.errors

    @property
    def precision(self) -> float | None:
        """None when nothing was told."""
        told = self.right + len(self.wrong)
        return self.right / told if told else None

    @property
    def recall(self) -> float | None:
        """None when there was nothing to tell."""
        there = self.right + len(self.missed)
        return self.right / there if there else None


@dataclass(frozen=True, slots=True)
class Told:
    """A happening with the shot of its moment."""

    happening: Happening
    shot: Shot


def config_of(scene: Scene, fps: float) -> CameraConfig:
    """As the registry would give it."""
    return CameraConfig(
        camera_id="scene",
        config_version=1,
        epoch=1,
        source="file:scene",
        place=(16.46, 107.59),
        sample_fps=fps,
        model="hues-nano@2",
        rules=scene.rules,
        read_plates=scene.read_plates,
        simulated=True,
    )


def perfect(shot: Shot) -> list[Box]:
    """Boxes of a detector that makes no mistakes, without track numbers."""
    return [b.model_copy(update={"track": None}) for b in shot.boxes()]


def play(
    scene: Scene,
    shots: Iterable[Shot],
    make: Callable[[CameraConfig], Watch],
    detector: Detector | None = None,
    fps: float = 5.0,
) -> list[Told]:
    """Run a scene through detector (or the truth's own boxes), tracker and rules."""
    watch = make(config_of(scene, fps))
    told: list[Told] = []
    for shot in shots:
        boxes = perfect(shot) if detector is None else detector.detect([shot.picture])[0]
        told += [Told(h, shot) for h in watch.step(shot.frame(), boxes)]
    return told


def judge(scene: Scene, told: Iterable[Told]) -> dict[str, Score]:
    """By rule. Each incident is found once: what tells it again is wrong."""
    scores = {rule.rule_id: Score() for rule in scene.rules}
    open_ = list(scene.incidents)
    for one in told:
        score = scores[one.happening.rule.rule_id]
        if scene.level is not None:
            _judge_level(one, scene.level(one.shot.at_s), score)
            continue
        found = next((i for i in open_ if _is(one, i)), None)
        if found is None:
            score.wrong.append(f"{scene.name}/{scene.seed}/{scene.look} at {one.shot.at_s:.1f} s")
        else:
            open_.remove(found)
            score.right += 1
    for incident in open_:
        scores[incident.rule_id].missed.append(f"{scene.name}/{scene.seed}/{scene.look}")
    return scores


def _judge_level(one: Told, level: float, score: Score) -> None:
    off = one.happening.measures["level_m"] - level
    score.errors.append(off)
    if abs(off) <= WATER_TOLERANCE_M:
        score.right += 1
    else:
        score.wrong.append(f"{off:+.2f} m at {one.shot.at_s:.1f} s")


def _is(one: Told, incident: Incident) -> bool:
    happening = one.happening
    if happening.rule.rule_id != incident.rule_id:
        return False
    if not incident.since_s <= one.shot.at_s <= incident.until_s:
        return False
    if incident.said is not None and happening.said != incident.said:
        return False
    if incident.plate is not None and (
        happening.plate is None or happening.plate.text != incident.plate
    ):
        return False
    for name, (value, tolerance) in incident.measures.items():
        if abs(happening.measures.get(name, 1e9) - value) > tolerance:
            return False
    return incident.track is None or _shows(one, incident.track)


def _shows(one: Told, track: int) -> bool:
    """Whether the first box is the thing of the truth."""
    h, w = one.shot.picture.shape[:2]
    if not one.happening.boxes:
        return False
    mine = one.happening.boxes[0]
    a = (
        mine.top_left[0] * w,
        mine.top_left[1] * h,
        mine.bottom_right[0] * w,
        mine.bottom_right[1] * h,
    )
    return any(s.track == track and overlap(a, s.box) >= LEAST_OVERLAP for s in one.shot.seen)


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes (left, top, right, bottom)."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
