"""News of changes that are made together go out in one call, and none waits long for another's."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from city.adapters import outbox
from city.adapters.outbox import Outbox, breathe, together
from city.adapters.table import Put, Row
from city.adapters.table_memory import MemoryTable
from city.contracts.envelope import CloudEvent
from city.contracts.ledger import WalletChanged

NOW = datetime(2026, 11, 26, tzinfo=UTC)


class Heard:
    """A bus that remembers each call."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def publish(self, events: Sequence[CloudEvent]) -> None:
        """See `Bus`."""
        self.calls.append([event.id for event in events])


@pytest.fixture
def bus() -> Heard:
    return Heard()


@pytest.fixture
def out(bus: Heard) -> Outbox:
    return Outbox(MemoryTable(), bus)


def change(out: Outbox, name: str) -> None:
    told = WalletChanged(wallet_id=name, owner="o", status="open", at=NOW)
    out.commit([Put(Row(name, "A"))], [(name, told, NOW)])


def test_alone_each_is_said_at_once(out: Outbox, bus: Heard) -> None:
    change(out, "a")
    change(out, "b")
    assert bus.calls == [["a"], ["b"]]


def test_within_another_they_wait_for_that_ones_end(out: Outbox, bus: Heard) -> None:
    with together():
        with together():
            change(out, "a")
        assert bus.calls == []
        change(out, "b")
        breathe()
    assert bus.calls == [["a", "b"]]
    change(out, "c")
    assert bus.calls[1:] == [["c"]]


def test_what_waits_too_long_goes_out_before(
    out: Outbox, bus: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "WAIT_S", -1.0)
    with together():
        change(out, "a")
        breathe()
        assert bus.calls == [["a"]]
        change(out, "b")
    assert bus.calls == [["a"], ["b"]]
    breathe()


def test_what_fails_is_said_all_the_same(out: Outbox, bus: Heard) -> None:
    def fails() -> None:
        with together():
            change(out, "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert bus.calls == [["a"]]
