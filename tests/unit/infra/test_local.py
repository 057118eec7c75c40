"""Preflight, banner, trace and process bookkeeping."""

import json
import os
import socket
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from infra.local import banner, city, preflight, trace
from infra.local.place import Place, free_port, kept_ports
from infra.local.processes import alive, command_line


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (None, "was not found"),
        ("v18.20.4", "this is v18.20.4"),
        ("nonsense", "this is nonsense"),
        ("v20.0.0", None),
        ("v24.1.0", None),
    ],
)
def test_node(printed: str | None, said: str | None) -> None:
    fault = preflight.node_fault(printed)
    assert fault is None if said is None else said in str(fault)


def test_python(monkeypatch: pytest.MonkeyPatch) -> None:
    assert preflight.python_fault() is None
    monkeypatch.setattr(preflight, "PYTHON", (4, 0))
    assert "Python 4.0 or newer is needed; this is 3." in str(preflight.python_fault())


def test_venv(monkeypatch: pytest.MonkeyPatch) -> None:
    assert preflight.venv_fault() is None
    with monkeypatch.context() as patched:
        patched.setattr("importlib.util.find_spec", lambda _: None)
        fault = str(preflight.venv_fault())
    assert "apt install python3." in fault


def test_port() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        assert preflight.port_fault(port) == (
            f"Port {port} is taken. Choose another: make run PORT={port + 1}"
        )
    assert preflight.port_fault(free_port()) is None


def test_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(1, 1, 3_000_000))
    assert "3 MB are free" in str(preflight.space_fault(tmp_path / "not" / "yet"))


def test_faults_are_one_line_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(preflight, "node_version", lambda: None)
    assert preflight.main() == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_process_of_somebody_else_is_not_ours() -> None:
    assert "pytest" in command_line(os.getpid()) or "python" in command_line(os.getpid())
    assert not alive(os.getpid())
    assert not alive(None)
    assert not alive(2**22 + 1)


def test_a_stale_record_is_not_a_running_city(tmp_path: Path) -> None:
    place = Place(tmp_path, 1)
    for record in ("", "not json", json.dumps({"emulator": os.getpid(), "port": 1})):
        place.record.write_text(record)
        assert city.running(place) is None


def test_commands_fail_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUES_LOCAL", str(tmp_path))
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        monkeypatch.setenv("PORT", str(holder.getsockname()[1]))
        assert city.main(["up"]) == 1
    assert capsys.readouterr().err.startswith("✗ Port ")
    assert city.main(["status"]) == 1
    assert city.main(["down"]) == 0
    assert city.main(["deploy"]) == 1
    assert city.main(["what"]) == 2


def test_reset_clears_what_the_city_made_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUES_LOCAL", str(tmp_path))
    for name in ("state", "logs", "stamps"):
        (tmp_path / name).mkdir()
    Place(tmp_path, 1).secret()
    assert city.main(["reset"]) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["stamps"]


def test_the_banner_has_one_account_per_role(tmp_path: Path) -> None:
    people: list[dict[str, Any]] = [
        {"phone": f"+8490000000{n}", "roles": ["citizen", role], "name": f"N{n}", "unit": unit}
        for n, (role, unit) in enumerate(
            [("citizen", None), ("citizen", None), ("agency_officer", "so-xay-dung")]
        )
    ]
    said = "\n".join(banner.lines(Place(tmp_path, 8080), people))
    assert "http://127.0.0.1:8080/dev/outbox" in said
    assert "+84900000000" in said
    assert "+84900000001" not in said
    assert "(so-xay-dung)" in said


def line(moment: str, thread: str, **more: Any) -> str:
    return json.dumps(
        {"timestamp": f"2026-11-23 05:00:{moment}+0000", "correlation_id": thread, **more}
    )


def test_a_trace_follows_the_threads_of_an_id() -> None:
    entries = [
        line("02,000", "a", ms=1900, method="POST", route="/v1/reports", report_id="R1"),
        line("01,000", "a", ms=10, what="vn.hue.reports.report_received.v1"),
        line("03,000", "b", method="GET", route="/v1/reports/{id}", report_id="R1"),
        line("04,000", "c", what="somebody else's"),
        "not json",
        '"a string"',
    ]
    found = trace.about(iter(entries), "R1")
    assert [e["correlation_id"] for e in found] == ["a", "a"]  # reads are left out
    assert found[0]["route"] == "/v1/reports"  # it began first, though it was logged last
    only_read = trace.about(iter(entries[2:]), "R1")
    assert [e["method"] for e in only_read] == ["GET"]
    assert "POST /v1/reports" in trace.shown(found[0])


def test_a_trace_reads_rotated_logs_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUES_LOCAL", str(tmp_path))
    place = Place(tmp_path, 4321)
    place.logs.mkdir()
    place.record.write_text(json.dumps({"port": 4321}))
    for name, text in (("", "3"), (".1", "2"), (".2", "1")):
        (place.logs / f"functions.log{name}").write_text(text + "\n")
    assert list(trace.lines(place.address)) == ["1", "2", "3"]


def test_a_free_port_is_none_that_is_kept_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = iter([9001, 9051, wanted := free_port()])
    monkeypatch.setattr("infra.local.place.secrets.choice", lambda _: next(offered))
    assert free_port(kept_ports(9000)) == wanted


def test_a_free_port_is_one_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", taken := free_port()))
        offered = iter([taken, wanted := free_port()])
        monkeypatch.setattr("infra.local.place.secrets.choice", lambda _: next(offered))
        assert free_port() == wanted
