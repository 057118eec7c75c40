"""The running city: an address in HUES_URL, or one started here in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from city_people import Person

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The city's address."""
    given = os.environ.get("HUES_URL")
    if given:
        yield given
        return
    from infra.local.place import city_port

    port = str(city_port())
    folder = tmp_path_factory.mktemp("city")
    os.environ.update(PORT=port, HUES_LOCAL=str(folder))
    environment = os.environ.copy()
    command = [sys.executable, "-m", "infra.local.city"]
    subprocess.run([*command, "up"], cwd=ROOT, env=environment, check=True)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        subprocess.run([*command, "down"], cwd=ROOT, env=environment, check=True)


@pytest.fixture(scope="session")
def http(city: str) -> Iterator[httpx.Client]:
    """A client of the city."""
    with httpx.Client(base_url=city, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def web(city: str) -> Iterator[httpx.Client]:
    """The city by the name that passkeys are bound to."""
    with httpx.Client(base_url=city.replace("127.0.0.1", "localhost"), timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def person(http: httpx.Client) -> Callable[[str], Person]:
    """Sign somebody in, once per session and number, and again when another test's doings (a role
    that changed, a sign-out) have ended their token."""
    known: dict[str, Person] = {}

    def sign_in(phone: str) -> Person:
        held = known.get(phone)
        if held is None or held.get("/v1/me").status_code == 401:
            known[phone] = Person(http, phone)
        return known[phone]

    return sign_in
