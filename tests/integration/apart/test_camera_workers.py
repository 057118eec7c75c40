"""Real worker processes on the local cloud's queue, one killed every quarter of a minute."""

from infra.fleet.soak import Plan, soak


def test_a_killed_workers_cameras_are_watched_again_in_time_and_no_event_is_lost() -> None:
    plan = Plan(cameras=16, seconds=40, promise_s=18, kill_every_s=10, workers=3, capacity=12)
    figures = soak(plan)
    assert figures.kills == 2
    assert figures.frames_beside == 0
    assert figures.seen > 0
    assert (figures.lost, figures.twice) == (0, 0)
    assert figures.longest_unwatched_s <= plan.promise_s
