"""VN_WQI: two rows of the public file, hand cases, and what is disputed."""

import pytest
from city.sensing.tables import band_of
from city.sensing.water import quality, saturation, water_index
from sensing_world import WATER

ROW_1 = {
    "ph": 8.88, "aldrin": 0.021, "bhc": 0.048, "dieldrin": 0.047, "ddt": 0.052,
    "as": 0.021, "cd": 0.004, "pb": 0.009, "cr6": 0.007, "cu": 0.001, "zn": 0.074, "hg": 0.002,
    "do": 7.095, "temperature": 25, "bod5": 8.28, "cod": 23.253, "toc": 17.855, "n_nh4": 0.163,
    "n_no3": 0.93, "n_no2": 0.18, "p_po4": 0, "coliform": 1300, "e_coli": 92,
}  # fmt: skip
ROW_2 = {
    "ph": 8.3, "aldrin": 0.022, "bhc": 0.021, "dieldrin": 0.019, "ddt": 0.019,
    "as": 0.021, "cd": 0.006, "pb": 0.009, "cr6": 0.008, "cu": 0.001, "zn": 0.019, "hg": 0.002,
    "do": 6.913, "temperature": 25, "bod5": 8.3, "cod": 20.133, "toc": 16.598, "n_nh4": 0.53,
    "n_no3": 0.88, "n_no2": 0.2, "p_po4": 0, "coliform": 1100, "e_coli": 24,
}  # fmt: skip


@pytest.mark.parametrize(("row", "exact", "index"), [(ROW_1, 20.484, 20), (ROW_2, 33.994, 34)])
def test_rows_of_the_public_file(row: dict[str, float], exact: float, index: int) -> None:
    made = water_index(WATER, row)
    assert made.exact == pytest.approx(exact, abs=0.001)
    assert made.index == index
    assert {"cd", "pb", "cr6", "hg", "n_no3"} <= set(made.unconfirmed)


@pytest.mark.parametrize(("row", "index"), [({**ROW_1, "heptachlor": 0.053}, 23)])
def test_with_heptachlor_counted(row: dict[str, float], index: int) -> None:
    assert water_index(WATER, row).index == index


@pytest.mark.parametrize(
    ("name", "value", "q"),
    [
        ("as", 0.01, 100), ("as", 0.015, 87.5), ("as", 0.1, 25), ("as", 0.1001, 10),
        ("cd", 0.0049, 100), ("cd", 0.005, 75), ("hg", 0.0009, 100), ("hg", 0.001, 75),
        ("bod5", 4, 100), ("bod5", 5, 87.5), ("bod5", 60, 10), ("n_no2", 0.05, 100),
        ("n_no2", 0.051, 10), ("ph", 5.4, 10), ("ph", 5.5, 50), ("ph", 7, 100), ("ph", 9, 50),
        ("ph", 9.1, 10), ("do_saturation", 19, 10), ("do_saturation", 100, 100),
        ("do_saturation", 201, 10), ("do_saturation", 62.5, 62.5), ("coliform", 10001, 10),
        ("aldrin", 0.1, 100), ("aldrin", 0.11, 10), ("n_no3", 10, 50),
    ],
)  # fmt: skip
def test_hand_cases(name: str, value: float, q: float) -> None:
    assert quality(WATER.rows[name], value) == pytest.approx(q)


def test_oxygen_needs_the_temperature() -> None:
    assert saturation(8.1755, 25) == pytest.approx(100, abs=0.01)
    made = water_index(WATER, {"do": 7.0, "ph": 7.0})
    assert "do_saturation" not in made.quality


def test_why_there_is_no_index() -> None:
    organic = {"bod5": 5.0, "cod": 12.0, "n_nh4": 0.1}
    assert water_index(WATER, {}).reason == "no_data"
    assert water_index(WATER, {"ph": 7.0, "cu": 0.1, "bod5": 4.0}).reason == "no_organic_group"
    assert water_index(WATER, {**organic, "ph": 7.0}).reason == "too_few_groups"
    assert water_index(WATER, {**organic, "ph": 7.0, "cu": 0.1}).index is not None


def test_without_microbes_and_weighted() -> None:
    base = {"ph": 7.0, "cu": 0.05, "bod5": 15.0, "cod": 30.0, "n_nh4": 0.6}
    assert water_index(WATER, base).index == 50
    with_v = {**base, "coliform": 2500.0}
    assert water_index(WATER, with_v).exact == pytest.approx((50 * 100) ** 0.5)
    assert water_index(WATER, with_v, weighted=True).exact == pytest.approx((2500 * 100) ** (1 / 3))


def test_bands_have_no_gaps() -> None:
    names = [band_of(WATER.bands, i)[1].name.vi for i in range(101)]
    assert (names[9], names[10], names[25], names[26]) == ("Ô nhiễm rất nặng", "Kém", "Kém", "Xấu")
    assert (names[75], names[76], names[91]) == ("Trung bình", "Tốt", "Rất tốt")


def test_the_disputed_reading_of_mercury_is_one_flag_of_the_table() -> None:
    """Most samples have Hg at 0.001, the detection limit: `<` or `≤` decides their colour."""
    row = WATER.rows["hg"]
    other = row.model_copy(update={"first_inclusive": True})
    assert (quality(row, 0.001), quality(other, 0.001)) == (75, 100)
    assert quality(row, 0.00101) == quality(other, 0.00101)
    assert not row.confirmed
