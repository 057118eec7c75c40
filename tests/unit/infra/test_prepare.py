"""What `make` prepares, and what it leaves alone."""

from pathlib import Path

import pytest

from infra.local import prepare


def test_an_environment_that_is_a_link_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is shared: `venv --clear` would empty it for everybody who works with it."""
    shared = tmp_path / "shared"
    (shared / "bin").mkdir(parents=True)
    (shared / "bin" / "python").touch()
    link = tmp_path / "tree" / ".venv"
    link.parent.mkdir()
    link.symlink_to(shared)
    ran: list[str] = []
    monkeypatch.setattr(prepare, "VENV", link)
    monkeypatch.setattr(prepare, "PYTHON", link / "bin" / "python")
    monkeypatch.setattr(prepare, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(prepare, "step", lambda what, *_: ran.append(what))
    prepare.python_environment()
    assert ran == []
    link.unlink()
    prepare.python_environment()
    assert ran, "without one, it is made"
