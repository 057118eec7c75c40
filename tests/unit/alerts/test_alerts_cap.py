"""CAP documents: valid by the OASIS schema, read back as written, and judged beyond the schema."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alerts_world import OPERATOR, SQUARE, SUPERVISOR, T0, World, book
from city.alerts.cap import CapAlert, CapArea, Circle, Info, Named, cap_time
from city.alerts.capxml import parse, write
from city.alerts.lint import blocking, lint
from city.alerts.releasing import preview
from city.kernel.clock import HUE
from city.kernel.problems import Invalid
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

CAP = Path(__file__).parents[2] / "data" / "cap"
XSD = etree.XMLSchema(etree.fromstring((CAP / "CAP-v1.2.xsd").read_bytes()))


def valid(xml: str) -> None:
    XSD.assertValid(etree.fromstring(xml.encode()))


def test_the_schema_is_the_one_that_oasis_published() -> None:
    digest = hashlib.sha256((CAP / "CAP-v1.2.xsd").read_bytes()).hexdigest()
    assert digest in (CAP / "README.md").read_text("utf-8")
    with pytest.raises(etree.DocumentInvalid):
        valid('<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>')


@pytest.mark.parametrize("kind", [k.id for k in book().kinds])
def test_every_kinds_example_makes_a_valid_and_clean_message(kind: str) -> None:
    at = World()
    warning = at.draft(kind)
    message, _ = preview(at.desk().press, warning, at.desk().kind(kind), at.now)
    valid(write(message))
    assert blocking(lint(message)) == []
    assert parse(write(message)) == message
    assert [i.language for i in message.infos] == ["vi-VN", "en-US"]
    assert message.infos[0].headline != message.infos[1].headline


@pytest.mark.parametrize("kind", book().kinds, ids=lambda k: f"{k.id}-{k.version}")
def test_kinds_that_only_authorities_read_name_them(kind: Any) -> None:
    assert kind.public or kind.roles
    assert max(len(kind.event.vi), len(kind.event.en)) <= 35
    assert set(kind.life.becomes) <= {k.id for k in book().kinds}


def test_drawings_circles_and_units_stand_together_with_dated_codes() -> None:
    at = World()
    area = {
        "name": {"vi": "Ven sông", "en": "River side"},
        "units": ["19774"],
        "polygons": [SQUARE],
        "circles": [[16.46, 107.6, 800]],
    }
    warning = at.draft(area=area)
    message, _ = preview(at.desk().press, warning, at.desk().kind("river_flood"), at.now)
    valid(write(message))
    drawn = message.infos[0].areas[0]
    assert drawn.circles == (Circle(lat=16.46, lon=107.6, radius_km=0.8),)
    assert len(drawn.polygons) == 2  # what was drawn, and the outline of the unit
    assert Named(name="vn-administrative-units 2025-07-01", value="19774") in drawn.geocodes
    assert len(drawn.geocodes) > 1  # units that the drawing touches
    assert warning.drafted.area.units == ("19774",)  # and they widen nothing


def test_times_have_an_offset_and_never_z() -> None:
    assert cap_time(datetime(2026, 11, 23, 1, 2, 3, 999, UTC)) == "2026-11-23T01:02:03-00:00"
    local = datetime(2026, 11, 23, 8, 2, 3, tzinfo=HUE)
    assert cap_time(local) == "2026-11-23T08:02:03+07:00"


def test_identifiers_have_the_registers_form_and_differ_within_a_second() -> None:
    at = World()
    first, second = at.out(at.draft()), at.out(at.draft())
    assert first.messages[0].identifier == "2.49.0.1.704.0.2026.11.20.2.0.0.1"
    assert second.messages[0].identifier == "2.49.0.1.704.0.2026.11.20.2.0.0.2"


def test_an_update_refers_to_every_earlier_message_that_is_in_force() -> None:
    at = World()
    warning = at.out(at.draft())
    for _ in range(2):
        at.wait(minutes=30)
        at.act(warning, "update", OPERATOR, fields={"level_m": 4.9})
        warning = at.out(warning)
    last = at.desk().alerts.document(warning.messages[-1].identifier)
    assert last is not None
    valid(last["xml"])
    message = parse(last["xml"])
    assert message.message_type == "Update"
    assert message.references == tuple(m.reference for m in warning.messages[:2])
    sender, identifier, sent = message.references[0].split(",")
    assert (sender, identifier) == (message.sender, warning.messages[0].identifier)
    assert datetime.fromisoformat(sent) == warning.messages[0].sent
    at.wait(hours=3, minutes=10)  # the first has run out, the others have not
    at.act(warning, "update", OPERATOR, fields={"level_m": 5.0})
    warning = at.out(warning)
    document = at.desk().alerts.document(warning.messages[-1].identifier)
    assert document is not None
    assert parse(document["xml"]).references == tuple(m.reference for m in warning.messages[1:3])


def test_what_is_read_from_outside_brings_no_entities() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><alert>&b;</alert>'
    for text in (bomb, "<alert/>", "no xml", '<a xmlns="urn:x"/>', "x" * 2_000_000):
        with pytest.raises(Invalid):
            parse(text)


def _info(language: str, **changes: Any) -> Info:
    base: dict[str, Any] = {
        "language": language,
        "categories": ("Met",),
        "event": "Lũ",
        "responses": ("Avoid",),
        "urgency": "Immediate",
        "severity": "Severe",
        "certainty": "Observed",
        "effective": T0,
        "expires": T0 + timedelta(hours=4),
        "headline": "Lũ lớn",
        "description": "Nước lên.",
        "instruction": "Lên chỗ cao.",
        "areas": (
            CapArea(
                description="Huế",
                polygons=(tuple((a, b) for a, b in SQUARE),),
                geocodes=(Named(name="units 2025-07-01", value="19774"),),
            ),
        ),
    }
    return Info(**{**base, **changes})


def _alert(*infos: Info, **changes: Any) -> CapAlert:
    base: dict[str, Any] = {
        "identifier": "2.49.0.1.704.0.1",
        "sender": "hue",
        "sent": T0,
        "status": "Actual",
        "message_type": "Alert",
        "infos": infos or (_info("vi-VN"), _info("en-US")),
    }
    return CapAlert(**{**base, **changes})


def _both(**changes: Any) -> CapAlert:
    return _alert(_info("vi-VN", **changes), _info("en-US", **changes))


def _ring(*points: tuple[float, float]) -> dict[str, Any]:
    area = _info("vi-VN").areas[0].model_copy(update={"polygons": (points,)})
    return {"areas": (area,)}


LONG = (*tuple((16.4 + i / 10000, 107.5) for i in range(100)), (16.5, 107.6), (16.4, 107.5))
BAD: list[tuple[CapAlert, str]] = [
    (_alert(identifier="a b"), "identifier"),
    (_alert(sender="a,b"), "sender"),
    (_alert(sender="a&b"), "sender"),
    (_alert(message_type="Update"), "references"),
    (_alert(message_type="Cancel"), "references"),
    (_alert(references=("a,b,2026-11-20T09:00:00+07:00",)), "references"),
    (_alert(message_type="Update", references=("a,b,2026-11-20T09:00:00Z",)), "references"),
    (
        _alert(
            message_type="Update", references=("hue,2.49.0.1.704.0.1,2026-11-20T09:00:00+07:00",)
        ),
        "references",
    ),
    (_alert(status="Exercise"), "note"),
    (_alert(status="Exercise", note="drill"), "info.0.headline"),
    (_both(headline="[DIỄN TẬP] Lũ"), "info.0.headline"),
    (_alert(_info("vi-VN")), "info.language"),
    (_alert(_info("en-US"), _info("vi-VN")), "info.language"),
    (_alert(_info("vi-VN"), _info("en-US", severity="Minor")), "info.1.severity"),
    (_alert(_info("vi-VN"), _info("en-US", urgency="Future")), "info.1.urgency"),
    (_alert(_info("vi-VN"), _info("en-US", certainty="Likely")), "info.1.certainty"),
    (_alert(_info("vi-VN"), _info("en-US", categories=("Fire",))), "info.1.category"),
    (_alert(_info("vi-VN"), _info("en-US", expires=T0 + timedelta(hours=5))), "info.1.expires"),
    (
        _alert(_info("vi-VN"), _info("en-US", **_ring(*((a, b + 0.1) for a, b in SQUARE)))),
        "info.1.area",
    ),
    (_both(severity="Unknown"), "info.0.severity"),
    (_both(urgency="Unknown"), "info.0.urgency"),
    (_both(certainty="Unknown"), "info.0.certainty"),
    (_both(urgency="Past"), "info.0.urgency"),
    (_both(event="x" * 36), "info.0.event"),
    (_both(headline="x" * 161), "info.0.headline"),
    (_both(description=" "), "info.0.description"),
    (_both(instruction=None), "info.0.instruction"),
    (_both(expires=None), "info.0.expires"),
    (_both(expires=T0), "info.0.expires"),
    (_both(expires=T0 + timedelta(days=8)), "info.0.expires"),
    (_both(expires=datetime(2026, 11, 20, 9, 0)), "info.0.expires"),
    (_both(responses=("None", "Avoid")), "info.0.responseType"),
    (_both(areas=()), "info.0.area"),
    (
        _both(
            areas=(
                CapArea(description="x" * 51, geocodes=(Named(name="u 2025-07-01", value="1"),)),
            )
        ),
        "info.0.area.0.areaDesc",
    ),
    (_both(areas=(CapArea(description="Huế"),)), "info.0.area.0.geocode"),
    (
        _both(areas=(CapArea(description="Huế", geocodes=(Named(name="units", value="1"),)),)),
        "info.0.area.0.geocode",
    ),
    (_both(**_ring((16.4, 107.5), (16.5, 107.6), (16.4, 107.5))), "info.0.area.0.polygon.0"),
    (
        _both(**_ring((16.4, 107.5), (16.5, 107.6), (16.5, 107.5), (16.4, 107.6))),
        "info.0.area.0.polygon.0",
    ),
    (
        _both(**_ring((16.4, 107.5), (16.5, 107.6), (16.5, 107.5), (16.4, 107.6), (16.4, 107.5))),
        "info.0.area.0.polygon.0",
    ),
    (
        _both(**_ring((107.5, 16.4), (107.6, 16.4), (107.6, 16.5), (107.5, 16.4))),
        "info.0.area.0.polygon.0",
    ),
    (_both(**_ring(*LONG)), "info.0.area.0.polygon.0"),
]


@pytest.mark.parametrize(
    ("message", "field"), BAD, ids=[f"{f}-{i}" for i, (_, f) in enumerate(BAD)]
)
def test_the_linter_names_what_the_schema_lets_pass(message: CapAlert, field: str) -> None:
    assert field in [each.field for each in blocking(lint(message))]


def test_at_sea_there_are_no_communes_and_that_stops_nothing() -> None:
    at = World()
    sea = {"name": {"vi": "Ngoài khơi", "en": "Off the coast"}, "circles": [[16.9, 108.6, 9000]]}
    warning = at.out(at.draft("storm", area=sea))
    assert warning.current is not None and warning.current.area.touched == ()
    [info, _] = parse(
        (at.desk().alerts.document(warning.messages[0].identifier) or {})["xml"]
    ).infos
    assert info.areas[0].geocodes == () and len(info.areas[0].circles) == 1


def test_a_good_message_has_no_findings_and_talk_is_only_advice() -> None:
    assert lint(_alert()) == []
    talking = _both(instruction="Bạn nên ở nhà.")
    assert [f.advice for f in lint(talking)] == [True]


def test_most_faults_are_valid_by_the_schema_which_is_why_there_is_a_linter() -> None:
    passing = 0
    for message, _ in BAD:
        if all(i.expires is None or i.expires.tzinfo for i in message.infos):
            passing += XSD.validate(etree.fromstring(write(message).encode()))
    assert passing > len(BAD) * 0.8


WORDS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Cn"), blacklist_characters="\r"), min_size=1
)
NAMES = st.text("abcdefghijk0123456789.-", min_size=1)
MOMENTS = st.datetimes(
    datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.sampled_from([UTC, HUE])
).map(lambda t: t.replace(microsecond=0))
NUMBERS = st.floats(-89, 89, allow_nan=False)
AREAS = st.builds(
    CapArea,
    description=WORDS,
    polygons=st.lists(
        st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=6).map(tuple), max_size=2
    ).map(tuple),
    circles=st.lists(
        st.builds(Circle, lat=NUMBERS, lon=NUMBERS, radius_km=st.floats(0.1, 100)), max_size=2
    ).map(tuple),
    geocodes=st.lists(st.builds(Named, name=NAMES, value=NAMES), max_size=3).map(tuple),
)
INFOS = st.builds(
    Info,
    language=st.sampled_from(["vi-VN", "en-US"]),
    categories=st.just(("Met", "Fire")),
    event=WORDS,
    responses=st.sampled_from([(), ("Avoid",), ("Shelter", "Evacuate")]),
    urgency=st.sampled_from(["Immediate", "Expected", "Future", "Past", "Unknown"]),
    severity=st.sampled_from(["Extreme", "Severe", "Moderate", "Minor", "Unknown"]),
    certainty=st.sampled_from(["Observed", "Likely", "Possible", "Unlikely", "Unknown"]),
    audience=st.none() | WORDS,
    event_codes=st.lists(st.builds(Named, name=NAMES, value=WORDS), max_size=2).map(tuple),
    effective=st.none() | MOMENTS,
    onset=st.none() | MOMENTS,
    expires=st.none() | MOMENTS,
    sender_name=st.none() | WORDS,
    headline=st.none() | WORDS,
    description=st.none() | WORDS,
    instruction=st.none() | WORDS,
    web=st.none() | st.just("https://hue.example/a"),
    contact=st.none() | WORDS,
    parameters=st.lists(st.builds(Named, name=NAMES, value=WORDS), max_size=2).map(tuple),
    areas=st.lists(AREAS, max_size=2).map(tuple),
)
MESSAGES = st.builds(
    CapAlert,
    identifier=NAMES,
    sender=NAMES,
    sent=MOMENTS,
    status=st.sampled_from(["Actual", "Exercise", "Test"]),
    message_type=st.sampled_from(["Alert", "Update", "Cancel"]),
    source=st.none() | WORDS,
    restriction=st.none() | WORDS,
    codes=st.lists(NAMES, max_size=2).map(tuple),
    note=st.none() | WORDS,
    references=st.lists(NAMES, max_size=2).map(tuple),
    incidents=st.lists(NAMES, max_size=2).map(tuple),
    infos=st.lists(INFOS, max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(MESSAGES)
def test_any_message_is_valid_xml_and_reads_back_as_it_was(message: CapAlert) -> None:
    xml = write(message)
    valid(xml)
    again = parse(xml)
    assert again == message
    assert write(again) == xml


def test_exercises_say_so_first_and_nothing_real_does() -> None:
    at = World()
    drill = at.draft(status="Exercise")
    message, _ = preview(at.desk().press, drill, at.desk().kind("river_flood"), at.now)
    assert (message.infos[0].headline or "").startswith("[DIỄN TẬP] Lũ")
    assert (message.infos[1].headline or "").startswith("[EXERCISE] Flood")
    assert "DIỄN TẬP" in (message.note or "")
    assert blocking(lint(message)) == []
    faked = at.draft(headline={"vi": "[DIỄN TẬP] Lũ", "en": "[EXERCISE] Flood"})
    at.act(faked, "submit", OPERATOR)
    at.act(faked, "approve", SUPERVISOR)
    with pytest.raises(Exception, match="faults"):
        at.act(faked, "release", SUPERVISOR)
