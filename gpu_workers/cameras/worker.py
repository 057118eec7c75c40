"""The worker: takes assignments, keeps them, reports, obeys, and leaves in good order."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

import cv2
from city.contracts.cameras import CameraHealth, HealthReport, JobHealth

from gpu_workers.cameras.assign.keeper import Held, Keeper
from gpu_workers.cameras.assign.queue import Queue
from gpu_workers.cameras.city import Unreachable
from gpu_workers.cameras.evidence.spool import Upload
from gpu_workers.cameras.health import Rates, camera_health, job_health
from gpu_workers.cameras.post import Post
from gpu_workers.cameras.seen import Picture
from gpu_workers.cameras.settings import Settings
from gpu_workers.cameras.tools import Tools

log = logging.getLogger(__name__)
THUMBNAIL_WIDTH = 320
FLUSH_S = 20.0
MOST_FAREWELLS = 20

Act = Callable[[], object]


class Worker:
    """All of a worker's threads. Also the keeper's crew."""

    def __init__(self, settings: Settings, queue: Queue, tools: Tools, upload: Upload) -> None:
        self.settings = settings
        self.tools = tools
        self.posts: dict[str, Post] = {}  # by message id
        self.keeper = Keeper(queue, self, settings.capacity, tools.monotonic, settings.promise_s)
        self.last_kept = tools.monotonic()
        self._upload = upload
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._thumbnails: dict[str, float] = {}
        self._rates = Rates()
        self._farewells: list[Post] = []  # given back for a reason that the registry is to hear

    # Crew

    def start(self, held: Held) -> None:
        """See `Crew`."""
        post = Post(held, self.keeper, self.tools)
        with self._lock:
            self.posts[held.message.message_id] = post
        post.start()

    def stop(self, held: Held, why: str) -> None:
        """See `Crew`."""
        with self._lock:
            post = self.posts.pop(held.message.message_id, None)
        if post:
            log.info("%s: %s", post.key, why)
            if post.poisoned and len(self._farewells) < MOST_FAREWELLS:
                self._farewells.append(post)
            post.stop()

    # Life

    def run(self) -> None:
        """Work until told to stop, then give everything back and send what is left."""
        self.tools.gatherer.spool.start()
        self.tools.gatherer.start()
        for name, act, every in (
            ("keep", self._keep, self.settings.promise_s / 60),
            ("health", self.report, self.settings.health_s),
            ("signals", self.tools.signals.poll, self.settings.signals_s),
        ):
            thread = threading.Thread(target=self._often, args=(act, every), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        while not self._stop.is_set():
            self._quietly(self._take)
            self._stop.wait(self.keeper.pause_s())
        self._leave()

    def ask_to_stop(self) -> None:
        """As SIGTERM does: begin to leave."""
        self.keeper.draining = True
        self._stop.set()

    def _take(self) -> None:
        self.keeper.take(wait_s=0)

    def _keep(self) -> None:
        self.keeper.keep()
        self.last_kept = self.tools.monotonic()

    def _leave(self) -> None:
        """Cameras first, so that others have them at once; then what was seen goes out."""
        with self._lock:
            posts = list(self.posts.values())
        self._quietly(self.keeper.drain)
        for post in posts:
            post.join(0.2)
        flushed = self.tools.gatherer.flush(FLUSH_S, hurry=True)
        self.tools.gatherer.close()
        self.tools.gatherer.spool.close()
        self.tools.engines.close()
        log.info("left; everything sent: %s", flushed)

    def _often(self, act: Act, every: float) -> None:
        while not self._stop.wait(every):
            self._quietly(act)

    @staticmethod
    def _quietly(act: Act) -> None:
        """The cloud may be away for a while; the assignments' own clocks say for how long."""
        try:
            act()
        except Exception as fault:  # noqa: BLE001 - boto's errors and ours alike: tried again
            log.warning("%s: %s", getattr(act, "__name__", "act"), type(fault).__name__)

    # Health

    def report(self) -> None:
        """One health report, and what its answer orders."""
        with self._lock:
            posts = list(self.posts.values())
        now = self.tools.monotonic()
        self._rates.forget({post.key for post in posts})
        leaving = list(self._farewells)
        cameras: dict[str, CameraHealth] = {}
        for post in (*leaving, *posts):  # one that is here again overrules its farewell
            thumbnail = None if post in leaving else self._thumbnail(post)
            if health := camera_health(post, now, self._rates, thumbnail):
                cameras[health.camera_id] = health
        jobs = [job for post in posts if (job := job_health(post))]
        try:
            orders = self.tools.city.report(self._report(list(cameras.values()), jobs))
        except Unreachable as fault:
            log.warning("no health report: %s", fault)
            return
        self._farewells = [post for post in self._farewells if post not in leaving]
        for held in self.keeper.find(orders.drop):
            self.keeper.let_go(held, "another's")
        self._heard({job.job_id for job in jobs if job.state != "running"}, posts)
        for held in self.keeper.find(orders.renew):
            known = self.posts.get(held.message.message_id)
            if known:
                known.renew()
        self.tools.engines.tidy()

    def _report(self, cameras: Sequence[CameraHealth], jobs: Sequence[JobHealth]) -> HealthReport:
        engines = self.tools.engines
        return HealthReport(
            worker=self.settings.name,
            at=self.tools.clock(),
            provider=engines.provider,
            models=engines.models,
            capacity=self.settings.capacity,
            queue_dropped=engines.dropped,
            cameras=tuple(cameras),
            jobs=tuple(jobs[:50]),
        )

    def _heard(self, ended: set[str], posts: Sequence[Post]) -> None:
        """Jobs whose last word was heard are done: their messages may die."""
        for post in posts:
            if post.held.assignment.job_id in ended:
                self.keeper.done(post.held)

    def _thumbnail(self, post: Post) -> str | None:
        """A small picture for the wall, now and then."""
        every, frame = self.settings.thumbnail_s, post.last
        if not every or frame is None or post.is_job:
            return None
        key = f"thumbnails/{frame.camera_id}.jpg"
        now = time.monotonic()
        if now - self._thumbnails.get(post.key, float("-inf")) >= every:
            try:
                self._upload(key, small(frame.picture), "image/jpeg")
            except Exception as fault:  # noqa: BLE001 - a wall without a picture is no alarm
                log.warning("no thumbnail: %s", type(fault).__name__)
                return None
            self._thumbnails[post.key] = now
        return key


def small(picture: Picture) -> bytes:
    """A JPEG of 320 pixels' width."""
    height = max(1, round(picture.shape[0] * THUMBNAIL_WIDTH / picture.shape[1]))
    shrunk = cv2.resize(picture, (THUMBNAIL_WIDTH, height), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", shrunk, [cv2.IMWRITE_JPEG_QUALITY, 70])
    return bytes(data)
