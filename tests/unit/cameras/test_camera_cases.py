"""The demo's review cases: from the documents to the queue, once, in the states wanted."""

import hashlib
from collections import Counter
from typing import Any

import pytest
from cameras_world import PEPPER
from city.adapters.outbox import Outbox
from city.adapters.table_memory import MemoryTable
from city.cameras.model import Camera, wall_state
from city.cameras.registry import NewCamera, made
from city.cameras.store import Store as CameraStore
from city.contracts.watching import Rule, WaterLevel
from city.kernel.clock import utc_now
from city.kernel.reference import Reference
from city.violations.model import State, Violation
from city.violations.store import Store
from pydantic import TypeAdapter
from world import RecordingBus

from infra.seed import load_cases
from infra.seed.cases import CASES, FOLDER, WATER
from infra.seed.documents import documents
from infra.seed.load_cameras import SIGNAL, demo_cameras
from infra.seed.load_sensing import sensing_documents

MOST_BYTES = 600_000  # of all files together: they are in the repository
RULES: TypeAdapter[tuple[Rule, ...]] = TypeAdapter(tuple[Rule, ...])


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> dict[str, MemoryTable]:
    """The units' tables with the demo's cameras, and no bucket."""
    held = {"cameras": MemoryTable(), "violations": MemoryTable()}
    city, bus = Reference.from_documents(documents()), RecordingBus()
    from city.adapters import reference, settings, stores

    class Told:
        token_secret = PEPPER

    monkeypatch.setattr(stores, "table", lambda name: held[name])
    monkeypatch.setattr(stores, "outbox", lambda name: Outbox(held[name], bus))
    monkeypatch.setattr(reference, "reference", lambda: city)
    monkeypatch.setattr(settings, "settings", Told)
    monkeypatch.setattr(load_cases, "_upload", lambda *_: None)
    for told in demo_cameras():
        rules = RULES.validate_python(told.pop("rules"))
        camera = made(NewCamera(**told, simulated=True), PEPPER, demo=True)
        write = CameraStore.put_camera(camera.model_copy(update={"rules": rules}), new=True)[1]
        held["cameras"].commit(write)
    return held


def load() -> None:
    load_cases.main({load_cases.OFFICER: "chief", load_cases.POLICE: "police"})


def all_of(tables: dict[str, MemoryTable]) -> list[Violation]:
    rows = [row for row in tables["violations"].rows() if row.pk.startswith("V#")]
    return [Violation.model_validate(row.doc) for row in rows if row.sk == "META"]


def counted(tables: dict[str, MemoryTable]) -> dict[str, dict[str, int]]:
    """Detections by camera, of whichever day."""
    rows = [row for row in tables["cameras"].rows() if row.pk.startswith("COUNTS#")]
    return {row.sk: dict(row.counters) for row in rows}


def test_a_dozen_cases_lie_in_their_states_and_loading_again_changes_nothing(
    tables: dict[str, MemoryTable],
) -> None:
    load()
    cases = all_of(tables)
    assert len(cases) == len(CASES) >= 12
    states = Counter(each.state for each in cases)
    assert states == {
        State.WAITING: 9, State.CONFIRMED: 1, State.DENIED: 1, State.TRANSFERRED: 1,
        State.CLOSED: 1,
    }  # fmt: skip
    assert len({each.kind for each in cases}) >= 10
    assert all(each.simulated and each.evidence == 3 and each.drawn is not None for each in cases)
    assert all(each.started_at < each.received_at < utc_now() for each in cases)
    waiting, _ = Store(tables["violations"]).rows("QUEUE", None, 50)
    assert waiting[0].doc["kind"] == "fire"  # the gravest first
    before = [sorted(map(repr, each.rows())) for each in tables.values()]
    load()
    assert [sorted(map(repr, each.rows())) for each in tables.values()] == before


def test_whoever_died_while_loading_goes_on_with_the_same_cases(
    tables: dict[str, MemoryTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    lived: list[Any] = []
    live = load_cases.Seeder.live

    def dying(self: load_cases.Seeder, case: dict[str, Any]) -> None:
        live(self, case)
        lived.append(case)
        if len(lived) == 6:
            raise KeyboardInterrupt

    monkeypatch.setattr(load_cases.Seeder, "live", dying)
    with pytest.raises(KeyboardInterrupt):
        load()
    load()
    assert len(all_of(tables)) == len(CASES)
    assert counted(tables) == {each.camera: {"taken": 1} for each in CASES}


def test_the_cameras_are_off_and_show_their_last_picture(tables: dict[str, MemoryTable]) -> None:
    load()
    store = CameraStore(tables["cameras"])
    heard, cameras = store.heard(), store.cameras()
    assert set(heard) == {*(each.camera for each in CASES), WATER}
    for id_, word in heard.items():
        assert wall_state(cameras[id_], word, utc_now()) == "off"
        assert word.health.thumbnail_key == f"thumbnails/{id_}.jpg"
    assert counted(tables) == {each.camera: {"taken": 1} for each in CASES}


def test_files_are_what_the_document_says_and_small() -> None:
    size = (FOLDER / f"{WATER}.jpg").stat().st_size
    for case in load_cases.demo_cases():
        assert {file["role"] for file in case["files"]} == {"at", "annotated", "clip"}
        for file in case["files"]:
            data = (FOLDER / file["name"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == file["sha256"]
            assert len(data) == file["size"]
            size += len(data)
    assert size < MOST_BYTES


def test_one_camera_reads_a_gauge_of_a_station_and_one_asks_a_controller() -> None:
    streams = {each["id"] for each in sensing_documents()["streams"]}
    cameras = {each["id"]: each for each in demo_cameras()}
    (rule,) = RULES.validate_python(cameras[WATER]["rules"])
    assert isinstance(rule, WaterLevel)
    assert rule.stream in streams
    asked = [r["controller"] for c in cameras.values() for r in c["rules"] if r.get("controller")]
    assert [each.partition("/")[0] for each in asked] == [SIGNAL["id"]]


def test_camera_rows_of_the_demo_are_read_back(tables: dict[str, MemoryTable]) -> None:
    row = tables["cameras"].get("CAMERAS", "cam-011")
    assert row is not None
    assert Camera.model_validate(row.doc).rules[0].kind == "red_light"
