"""The list of banks: six digits each, no bank twice, and what the web app ships is made from it."""

import json

from infra.seed.make_banks import OUT, banks, document
from infra.seed.make_merchants import SANDBOX_BIN
from infra.seed.writing import DATA


def test_every_bank_has_six_digits_of_its_own_and_a_name() -> None:
    listed = banks()
    bins = [one["bin"] for one in listed]
    assert len(bins) > 50 and len(set(bins)) == len(bins)
    assert all(len(each) == 6 and each.isdigit() for each in bins)
    shorts = [one["short"] for one in listed]
    assert len(set(shorts)) == len(shorts) and all(shorts) and all(one["name"] for one in listed)
    assert SANDBOX_BIN not in bins, "the sandbox's bank is no bank"


def test_well_known_banks_are_where_they_belong() -> None:
    by_short = {one["short"]: one["bin"] for one in banks()}
    assert by_short["Vietcombank"] == "970436" and by_short["BIDV"] == "970418"
    assert by_short["Agribank"] == "970405" and by_short["VietinBank"] == "970415"


def test_what_is_shipped_is_made_from_the_source() -> None:
    assert json.loads(OUT.read_text("utf-8")) == document()
    shops = json.loads((DATA / "merchants.json").read_text("utf-8"))["banks"]
    assert {one["bin"]: one["short"] for one in banks()}.items() <= shops.items()
