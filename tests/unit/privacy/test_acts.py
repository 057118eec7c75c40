"""What somebody did at work: told to them, never erased."""

from datetime import timedelta

from city.adapters import acts
from city.adapters.table_memory import MemoryTable
from world import MONDAY


def test_newest_first_with_ones_own_words_and_nothing_of_others_or_the_city() -> None:
    held = MemoryTable()
    later = MONDAY + timedelta(hours=1)
    held.commit(
        *acts.did(MONDAY, "lan", "A-1", "approve"),
        *acts.did(later, "lan", "A-1", "deny", "Ảnh quá mờ.", ttl=9),
        *acts.did(later, "minh", "A-1", "deny"),
        *acts.did(later, "system", "A-1", "expire"),
        *acts.did(later, "clock", "A-1", "expire"),
    )
    assert acts.export(held, "lan") == {
        "acts": [
            {"at": "2026-11-16T03:00:00.000Z", "case": "A-1", "action": "deny",
             "words": "Ảnh quá mờ."},
            {"at": "2026-11-16T02:00:00.000Z", "case": "A-1", "action": "approve"},
        ]
    }  # fmt: skip
    assert [row.ttl for row in held.rows() if row.pk == "BY#lan"] == [None, 9]
    assert not [row for row in held.rows() if row.pk in ("BY#system", "BY#clock")]
    assert acts.export(held, "nobody") == {}
    before = held.rows()
    kept = acts.erase(held, "lan", "Luật")
    assert (kept.items, kept.kept_by_law) == (0, "Luật")
    assert acts.erase(held, "nobody").kept_by_law is None
    assert held.rows() == before
