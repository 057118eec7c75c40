"""What a worker says of its posts: the registry's wall page and its jobs."""

from dataclasses import dataclass, field

from city.contracts.cameras import CameraHealth, CameraState, JobHealth

from gpu_workers.cameras.post import Post
from gpu_workers.cameras.sources.feed import Tally

SILENT_S = 8.0


@dataclass(slots=True)
class Rates:
    """Frames a second since the last report, by post."""

    _before: dict[str, tuple[float, int]] = field(default_factory=dict)

    def fps(self, post: Post, now: float) -> float:
        """Frames a second that came, decoded or not; 0 at the first report."""
        came = post.feed.tally.received if post.feed else 0
        then, counted = self._before.get(post.key, (now, came))
        self._before[post.key] = now, came
        return round((came - counted) / (now - then), 2) if now > then else 0.0

    def forget(self, kept: set[str]) -> None:
        """Keep only these posts' figures."""
        self._before = {key: told for key, told in self._before.items() if key in kept}


def camera_health(
    post: Post, now: float, rates: Rates, thumbnail_key: str | None
) -> CameraHealth | None:
    """A camera's last seconds; None of a job, or before the camera was taken over."""
    config = post.config
    if config is None or post.is_job:
        return None
    tally = post.feed.tally if post.feed else Tally()
    state = state_of(post, now)
    return CameraHealth(
        camera_id=config.camera_id,
        epoch=config.epoch,
        config_version=config.config_version,
        state=state,
        last_frame_at=tally.last_at,
        fps=rates.fps(post, now),
        sampled=tally.sampled,
        dropped=post.engine.waiting.dropped_of(post.key) if post.engine else 0,
        reconnects=max(0, tally.opened - 1),
        drift_s=round(tally.drift_s, 3),
        thumbnail_key=thumbnail_key,
        reason=(post.reason if state in ("starting", "silent", "refused") else None) or post.unmet,
    )


def state_of(post: Post, now: float) -> CameraState:
    """What the camera's wall page shows."""
    if post.poisoned:
        return "refused"
    if post.feed is None or (post.feed.tally.opened == 0 and not post.refused):
        return "starting"
    tally = post.feed.tally
    if now - tally.last_seen > SILENT_S:
        return "refused" if post.refused else "silent"
    return "live" if tally.state == "starting" else tally.state


def job_health(post: Post) -> JobHealth | None:
    """How far a recording is."""
    told = post.held.assignment
    if not post.is_job or told.job_id is None or (post.feed is None and post.ended is None):
        return None
    tally = post.feed.tally if post.feed else None
    return JobHealth(
        job_id=told.job_id,
        camera_id=told.camera_id,
        state=post.ended or "running",
        watched_until=tally.last_at if tally else None,
        frames=tally.sampled if tally else 0,
        reason=post.reason if post.ended == "failed" else None,
    )
