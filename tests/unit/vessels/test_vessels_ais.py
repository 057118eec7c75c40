"""AIS sentences: what is a position, and why something is none."""

from functools import reduce
from operator import xor
from typing import Any

import pytest
from city.vessels.ais import Heard, Part, assembled, read
from pyais.encode import encode_dict

EXAMPLE = "!AIVDM,1,1,,B,15M67FC000G?ufbE`FepT@3n00Sa,0*5C"


def one(sentence: str) -> Heard | str:
    part = read(sentence)
    return part if isinstance(part, str) else assembled([(0, part)])[0]


def sentences(told: dict[str, Any], channel: str = "A") -> list[str]:
    return list(encode_dict(told, "AI", sentence_type="VDM", radio_channel=channel, seq_id=3))


def long_message(channel: str = "A") -> list[str]:
    """Class B extended (type 19): a position that takes two sentences."""
    told = {
        "msg_type": 19, "mmsi": 574999003, "lat": 16.75, "lon": 108.0, "speed": 6.4,
        "course": 91.0, "shipname": "TAU THU",
    }  # fmt: skip
    payload = sentences(told)[0].split(",")[5]
    halves = (payload[:30], payload[30:])
    return [summed(f"AIVDM,2,{n},3,{channel},{half},0") for n, half in enumerate(halves, 1)]


def summed(words: str) -> str:
    """A sentence with its checksum."""
    return f"!{words}*{reduce(xor, words.encode()):02X}"


def test_the_published_example() -> None:
    heard = one(EXAMPLE)
    assert isinstance(heard, Heard)
    assert heard.mmsi == 366053209
    assert (heard.lat, heard.lon) == pytest.approx((37.802118, -122.341618), abs=1e-6)
    assert (heard.knots, heard.channel) == (0.0, "B")


def test_a_wrong_checksum_is_refused_not_repaired() -> None:
    assert one(EXAMPLE[:-1] + "D") == "bad_checksum"
    assert one(EXAMPLE.replace("15M67", "15M68")) == "bad_checksum"


@pytest.mark.parametrize(
    "sentence",
    ["", "hello", "!AIVDM", "!AIVDM,1,1,,B,,0*25", "!AIVDO" + EXAMPLE[6:], EXAMPLE + "x" * 90,
     "$GPGGA,092750.000,5321.6802,N,00630.3372,W,1,8,1.03,61.7,M,55.2,M,,*76",
     "!AIVDM,9,1,,B,15M67FC000G?ufbE`FepT@3n00Sa,0*54"],
)  # fmt: skip
def test_what_is_no_sentence_of_ours(sentence: str) -> None:
    assert one(sentence) in ("bad_sentence", "bad_checksum")


def test_a_message_of_two_sentences_in_any_order() -> None:
    parts = [read(s) for s in long_message()]
    assert len(parts) == 2
    good = [p for p in parts if isinstance(p, Part)]
    for order in ([0, 1], [1, 0]):
        told = assembled([(i, good[n]) for i, n in enumerate(order)])
        assert list(told) == [1]  # told at the last part
        heard = told[1]
        assert isinstance(heard, Heard)
        assert heard.mmsi == 574999003
        assert (heard.lat, heard.lon) == pytest.approx((16.75, 108.0), abs=1e-5)


def test_parts_of_two_channels_are_two_messages() -> None:
    a, b = (read(s) for s in (long_message("A")[0], long_message("B")[1]))
    assert isinstance(a, Part)
    assert isinstance(b, Part)
    assert assembled([(0, a), (1, b)]) == {0: "incomplete", 1: "incomplete"}


def test_a_sequence_number_used_again_leaves_the_first_incomplete() -> None:
    first, second = (read(s) for s in long_message())
    assert isinstance(first, Part)
    assert isinstance(second, Part)
    told = assembled([(0, first), (1, first), (2, second)])
    assert told[0] == "incomplete"
    assert isinstance(told[2], Heard)


def test_not_available_is_no_position() -> None:
    blank = sentences({"msg_type": 1, "mmsi": 574999003, "lat": 91.0, "lon": 181.0})
    assert one(blank[0]) == "no_position"
    static = sentences({"msg_type": 24, "mmsi": 574999003, "partno": 0})
    assert one(static[0]) == "no_position"


def test_base_stations_speak_too() -> None:
    told: dict[str, Any] = {"msg_type": 18, "mmsi": 574999003, "lat": 16.75, "lon": 108.0}
    (line,) = encode_dict(told, "BS", sentence_type="VDM")
    assert isinstance(one(line), Heard)
