"""Assignments: nobody's camera waits longer than promised, nobody's camera has two writers."""

import random
from dataclasses import dataclass, field

import pytest
from cameras_sim import Clock, SimQueue, SimRegistry, SimWorker, fill
from city.contracts.cameras import Assignment
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_workers.cameras.assign.keeper import POISONED_S, REBALANCE_S, UNREADABLE_S

PROMISE_S = 60.0


@dataclass
class City:
    """Workers, one queue, one registry; a step is a second."""

    seed: int
    cameras: int = 24
    capacity: int = 10
    workers: int = 4
    twice: float = 0.0
    clock: Clock = field(default_factory=Clock)
    born: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.queue = SimQueue(self.clock, self.chance, self.twice)
        self.registry = SimRegistry(self.clock)
        self.names = fill(self.queue, self.cameras)
        self.crews = [self.hire() for _ in range(self.workers)]
        self.unwatched = dict.fromkeys(self.names, 0.0)
        self.longest = 0.0

    def hire(self) -> SimWorker:
        self.born += 1
        return SimWorker(
            f"w{self.born}", self.queue, self.registry, self.capacity, PROMISE_S, self.chance
        )

    def kill(self) -> None:
        """A worker ends between two instructions; another container starts in its place."""
        self.crews.remove(self.chance.choice(self.crews))
        self.crews.append(self.hire())

    def step(self) -> None:
        self.clock.now += 1
        for worker in self.chance.sample(self.crews, len(self.crews)):
            worker.work()
        watched = set().union(*(worker.may_write() for worker in self.crews))
        for name in self.names:
            self.unwatched[name] = 0.0 if name in watched else self.unwatched[name] + 1
        if self.clock.now > PROMISE_S:  # the first minute hires everybody
            self.longest = max([self.longest, *self.unwatched.values()])

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.step()


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), kills=st.lists(st.integers(20, 90), max_size=5))
def test_a_dead_workers_cameras_are_watched_again_in_time(seed: int, kills: list[int]) -> None:
    city = City(seed)
    city.run(60)
    for wait in kills:
        city.run(wait)
        city.kill()
    city.run(90)
    assert city.longest <= PROMISE_S
    assert city.unwatched == dict.fromkeys(city.names, 0.0)


@settings(max_examples=10)
@given(
    seed=st.integers(0, 2**32),
    stalls=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 150)), max_size=6),
)
def test_a_slow_worker_never_writes_beside_its_successor(
    seed: int, stalls: list[tuple[int, int]]
) -> None:
    city = City(seed)
    city.run(40)
    for wait, length in stalls:
        for _ in range(wait):
            city.step()
            _one_writer_each(city)
        slow = city.chance.choice(city.crews)
        slow.stalled_until = city.clock.now + length
    for _ in range(200):
        city.step()
        _one_writer_each(city)
    # The worker's own clock stopped it: the receiver's fence had nothing to refuse.
    assert city.registry.refused == 0


def _one_writer_each(city: City) -> None:
    writers = [camera for worker in city.crews for camera in worker.may_write()]
    assert len(writers) == len(set(writers))


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_with_messages_delivered_twice_the_newer_epoch_alone_is_accepted(seed: int) -> None:
    city = City(seed, twice=0.2)
    for second in range(300):
        city.step()
        if second % 10 == 9:
            for worker in city.crews:
                worker.obey()
    latest: dict[str, int] = {}
    for _, camera, epoch, _ in city.registry.writes:
        assert epoch >= latest.get(camera, 0)
        latest[camera] = epoch
    assert city.unwatched == dict.fromkeys(city.names, 0.0)


def test_the_queue_may_be_away_for_a_third_of_the_time() -> None:
    city = City(3)
    city.run(60)
    before = {worker.name: worker.may_write() for worker in city.crews}
    city.queue.down = True
    city.run(30)
    city.queue.down = False
    city.run(30)
    assert {worker.name: worker.may_write() for worker in city.crews} == before


def test_after_six_hours_a_camera_is_offered_to_others() -> None:
    city = City(5, cameras=6, workers=2)
    city.run(60)
    first = {name: len(taken) for name, taken in city.registry.epochs.items()}
    city.run(int(REBALANCE_S) + 10)  # the queue raises when a message is hidden for twelve hours
    assert all(len(city.registry.epochs[name]) > first[name] for name in city.names)
    assert city.longest <= PROMISE_S


def test_a_draining_worker_gives_everything_back_at_once() -> None:
    city = City(7, workers=4)
    city.run(60)
    leaving = max(city.crews, key=lambda worker: len(worker.watching))
    its = leaving.may_write()
    leaving.keeper.drain()
    assert not leaving.may_write()
    assert leaving.keeper.take() == 0
    city.crews.remove(leaving)
    city.run(8)
    assert its <= set().union(*(worker.may_write() for worker in city.crews))


def test_an_empty_worker_fills_before_a_full_one() -> None:
    city = City(9, cameras=20, capacity=20, workers=4)
    city.run(60)
    assert max(len(worker.watching) for worker in city.crews) <= 12


def _alone() -> tuple[City, SimWorker]:
    city = City(11, cameras=0, workers=1)
    return city, city.crews[0]


def test_a_poisoned_camera_is_given_back_with_a_delay() -> None:
    city, worker = _alone()
    fill(city.queue, 1)
    city.run(2)
    (held,) = worker.keeper.held
    worker.keeper.give_back(held, "its thread died three times", after_s=POISONED_S)
    city.run(POISONED_S - 5)
    assert not worker.watching
    city.run(20)
    assert set(worker.watching) == {"cam-0"}


def test_a_message_nobody_can_read_does_not_come_back_soon() -> None:
    city, worker = _alone()
    city.queue.send("{not json", "m-bad")
    city.run(UNREADABLE_S - 10)
    assert worker.keeper.unreadable == 1
    assert not worker.watching


@pytest.mark.parametrize("newer_first", [True, False])
def test_of_two_messages_of_one_camera_the_newer_generation_stays(newer_first: bool) -> None:
    city, worker = _alone()
    for generation in (2, 1) if newer_first else (1, 2):
        body = Assignment(camera_id="cam-x", generation=generation).model_dump_json()
        city.queue.send(body, f"m-{generation}")
        city.run(3)
    assert list(city.queue.rows) == ["m-2"]
    assert worker.watching["cam-x"][0].assignment.generation == 2


def test_a_recording_is_work_beside_its_camera_and_ends() -> None:
    city, worker = _alone()
    fill(city.queue, 1)
    body = Assignment(kind="recording", camera_id="cam-0", job_id="j1", recording_key="r.mp4")
    city.queue.send(body.model_dump_json(), "m-j1")
    city.run(5)
    assert len(worker.keeper.held) == 2
    job = next(held for held in worker.keeper.held if held.assignment.job_id)
    worker.keeper.done(job)
    assert list(city.queue.rows) == ["m-cam-0"]
