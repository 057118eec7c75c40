"""Killing the functions of one city leaves those of its neighbours alone."""

import subprocess
from pathlib import Path

import pytest
from city_processes import kill, working


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads Linux's /proc")
def test_a_neighbours_functions_go_on() -> None:
    here, there = "http://127.0.0.1:1", "http://127.0.0.1:11"  # one begins like the other
    wanted = [(here, "hues-local-sla-events"), (here, "hues-local-sla-http"),
              (there, "hues-local-sla-events"), (there, "hues-local-sla-http")]  # fmt: skip
    started = [
        subprocess.Popen(
            ["sleep", "60"],  # noqa: S607 - found on every PATH
            env={
                "AWS_ENDPOINT_URL": cloud,
                "AWS_LAMBDA_FUNCTION_NAME": name,
                "PATH": "/usr/bin:/bin",
            },
        )
        for cloud, name in wanted
    ]
    try:
        found = working(here, "-events")
        assert found == [started[0].pid]
        assert kill(found) == 1
        started[0].wait(10)
        assert [one.poll() is None for one in started] == [False, True, True, True]
        assert working(here, "-events") == []
        assert kill(found) == 0
    finally:
        for one in started:
            one.kill()
            one.wait()
