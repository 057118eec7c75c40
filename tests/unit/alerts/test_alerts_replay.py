"""The seed's figures come out of the same use cases; the page of documents is current."""

from collections import Counter

from alerts_world import World, book, hue
from city.adapters.table_dynamo import DynamoTable, row_model
from city.adapters.table_memory import MemoryTable
from city.alerts.figures import FiguresQuery, figures
from city.alerts.store import channel
from moto import mock_aws

from infra.build.alerts import OUT, page
from infra.replay.alerts import COUNT, plan, replay


def test_the_history_is_the_seeds_1700_detections() -> None:
    turned_out = Counter(past.verdict for past in plan(hue(), COUNT, 2019))
    assert turned_out == {"forest_fire": 199, "straw_burning": 255, None: 1_246}


def test_a_history_gives_its_figures_and_a_second_run_changes_nothing() -> None:
    """A quarter of the seed's, in its proportion; each detection is acted out by itself."""
    at = World(table=MemoryTable())
    history = plan(hue(), COUNT // 4, 2019)
    *_, done = replay(at.table, book(), hue(), history[:200])  # stopped half way
    assert done == 200
    *_, done = replay(at.table, book(), hue(), history)
    assert done == 425
    assert isinstance(at.table, MemoryTable)
    before = at.table.rows()
    *_, done = replay(at.table, book(), hue(), history)
    assert at.table.rows() == before
    span = FiguresQuery.model_validate({"from": "2023-01", "to": "2026-12"})
    counted = figures(at.desk(), span)
    assert (counted.detections, counted.confirmed, counted.denied) == (425, 114, 311)
    assert counted.precision == 0.2682
    by_kind = {k.kind: k for k in counted.kinds}
    assert by_kind["fire_detection"].turned_out == {"forest_fire": 50, "straw_burning": 64}
    assert by_kind["forest_fire"].released == by_kind["forest_fire"].expired == 50
    assert by_kind["straw_burning"].released == 64
    assert at.desk().alerts.desk(after=None, limit=10)[0] == []
    assert at.desk().alerts.active(channel("Actual", public=True)) == []


def test_over_the_cloud_table_the_same_life_gives_the_same_figures() -> None:
    found = []
    history = plan(hue(), 12, 7)
    with mock_aws():
        row_model("alerts", "ap-southeast-1").create_table(wait=True)
        for table in (MemoryTable(), DynamoTable("alerts", "ap-southeast-1")):
            *_, done = replay(table, book(), hue(), history)
            at = World(table=table)
            at.out(at.draft())
            found.append(figures(at.desk(), FiguresQuery.model_validate({"from": "2023-01"})))
            assert len(at.desk().alerts.active(channel("Actual", public=True))) == 1
    assert found[0] == found[1]
    assert found[0].detections == done == 12


def test_the_page_shows_the_table_and_the_hazards_as_they_are() -> None:
    held = OUT.read_text("utf-8")
    assert page(held) == held
    assert "DRAFT --> SUBMITTED : submit / person" in held
    assert all(f"`{kind.id}` v{kind.version}" in held for kind in book().kinds)
