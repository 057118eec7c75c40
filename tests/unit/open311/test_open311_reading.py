"""What clients send, well-formed and otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from city.open311.reading import MOST, WINDOW, Fault, filters, form, moment, posted
from city.open311.service import check_jurisdiction
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
URLENCODED = "application/x-www-form-urlencoded; charset=utf-8"
FULL = {
    "api_key": "xyz",
    "jurisdiction_id": "hue.gov.vn",
    "service_code": "drainage",
    "lat": "16.46",
    "long": "107.59",
    "address_string": "12 Lê Lợi",
    "email": "a@example.org",
    "device_id": "tt1",
    "account_id": "7",
    "first_name": "An",
    "last_name": "Lê",
    "phone": "0905123456",
    "description": "Nắp cống vỡ\nnguy hiểm",
    "media_url": "https://example.org/a.jpg",
    "attribute[urgency]": "immediate",
    "attribute[landmark]": "cổng chợ",
}


def multipart(fields: dict[str, str], boundary: str = "XyZ") -> tuple[bytes, str]:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    file = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n\x00\x01\r\n"
    )
    body = "".join([*parts, file, f"--{boundary}--\r\n"]).encode()
    return body, f"multipart/form-data; boundary={boundary}"


@pytest.mark.parametrize("how", ["urlencoded", "multipart"])
def test_a_whole_post_is_read(how: str) -> None:
    if how == "multipart":
        raw, kind = multipart(FULL)
    else:
        raw, kind = urlencode(FULL).encode(), URLENCODED
    fields = form(raw, kind)
    assert fields == FULL
    read = posted(fields)
    assert (read.service_code, read.lat, read.lon) == ("drainage", 16.46, 107.59)
    assert read.description == FULL["description"]
    assert read.address == "12 Lê Lợi, cổng chợ"
    assert (read.urgency, read.api_key) == ("immediate", "xyz")
    assert read.contact == {
        name: FULL[name]
        for name in ("email", "device_id", "account_id", "first_name", "last_name", "phone")
    }


@pytest.mark.parametrize("kind", ["application/json", "text/xml; charset=utf-8"])
def test_other_bodies_are_refused(kind: str) -> None:
    with pytest.raises(Fault) as fault:
        form(b"{}", kind)
    assert fault.value.code == 400


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"service_code": " "}, "service_code"),
        ({"lat": "", "long": "", "address_string": ""}, "location"),
        ({"long": ""}, "together"),
        ({"lat": "north"}, "lat"),
        ({"lat": "nan"}, "lat"),
        ({"lat": "inf"}, "lat"),
        ({"lat": "91"}, "lat"),
        ({"long": "-180.5"}, "long"),
        ({"media_url": "javascript:alert(1)"}, "media_url"),
        ({"attribute[urgency]": "soon"}, "urgency"),
    ],
)
def test_what_is_missing_or_wrong_is_named(change: dict[str, str], said: str) -> None:
    with pytest.raises(Fault) as fault:
        posted({**FULL, **change})
    assert fault.value.code == 400
    assert said in fault.value.description


@pytest.mark.parametrize("place", [{"address_string": "Chợ Đông Ba"}, {"address_id": "A-12"}])
def test_an_address_is_a_place_too(place: dict[str, str]) -> None:
    read = posted({"service_code": "drainage", **place})
    assert (read.lat, read.lon) == (None, None)
    assert read.address == next(iter(place.values()))


def test_an_empty_argument_is_no_argument() -> None:
    read = posted({"service_code": "drainage", "lat": "16", "long": "107", "media_url": "  "})
    assert (read.media_url, read.contact, read.description) == (None, {}, "")


def test_the_default_window_is_the_last_ninety_days() -> None:
    asked = filters({}, NOW)
    assert (asked.start, asked.end) == (NOW - WINDOW, NOW)
    assert (asked.page, asked.page_size) == (1, MOST) == (1, 1000)
    assert timedelta(days=90) == WINDOW


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ({"start_date": "2026-11-01T00:00:00Z"}, "2026-11-01T00:00:00Z", NOW.isoformat()),
        ({"start_date": "2026-01-01T00:00:00Z"}, "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"),
        ({"end_date": "2026-06-30T00:00:00Z"}, "2026-04-01T00:00:00Z", "2026-06-30T00:00:00Z"),
        (
            {"start_date": "2026-06-01T00:00:00+07:00", "end_date": "2026-06-02T00:00:00+07:00"},
            "2026-05-31T17:00:00Z",
            "2026-06-01T17:00:00Z",
        ),
        (
            {"start_date": "2020-01-01T00:00:00Z", "end_date": "2026-06-30T00:00:00Z"},
            "2026-04-01T00:00:00Z",
            "2026-06-30T00:00:00Z",
        ),
        ({"start_date": "2026-06-01T00:00:00 07:00", "end_date": "2026-06-02"},
         "2026-05-31T17:00:00Z", "2026-06-01T17:00:00Z"),
        ({"start_date": "", "end_date": " "}, (NOW - WINDOW).isoformat(), NOW.isoformat()),
    ],
)  # fmt: skip
def test_windows(given: dict[str, str], start: str, end: str) -> None:
    asked = filters({name: [value] for name, value in given.items()}, NOW)
    assert (asked.start, asked.end) == (datetime.fromisoformat(start), datetime.fromisoformat(end))
    assert asked.end - asked.start <= WINDOW


def test_lists_by_comma_and_by_repetition() -> None:
    query = {"service_code": ["drainage, noise", "trees"], "status": ["open,closed"]}
    asked = filters(query, NOW)
    assert asked.codes == ["drainage", "noise", "trees"]
    assert asked.statuses == ["open", "closed"]


def test_ids_override_everything_even_what_is_wrong() -> None:
    query = {"service_request_id": ["a,b", "c"], "status": ["lost"], "start_date": ["yesterday"]}
    asked = filters(query, NOW)
    assert asked.ids == ["a", "b", "c"]
    assert (asked.codes, asked.statuses) == ([], [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "lost"),
        ("start_date", "yesterday"),
        ("start_date", "2026-13-01T00:00:00Z"),
        ("start_date", "9999-12-31T23:59:59Z"),
        ("end_date", "0001-01-01T00:00:00+14:00"),
        ("start_date", "2027-01-01T00:00:00Z"),
        ("updated_after", "now"),
        ("page", "0"),
        ("page", "²"),
        ("page", "9" * 5000),
        ("page_size", "1001"),
        ("page_size", "-1"),
    ],
)
def test_what_cannot_be_read_is_a_400(name: str, value: str) -> None:
    with pytest.raises(Fault) as fault:
        filters({name: [value]}, NOW)
    assert fault.value.code == 400


def test_extensions() -> None:
    asked = filters(
        {
            "page": ["2"],
            "page_size": ["50"],
            "updated_after": ["2026-11-20T00:00:00Z"],
            "updated_before": ["2026-11-21T00:00:00Z"],
        },
        NOW,
    )
    assert (asked.page, asked.page_size) == (2, 50)
    assert asked.updated_after == datetime(2026, 11, 20, tzinfo=UTC)
    assert asked.updated_before == datetime(2026, 11, 21, tzinfo=UTC)


def test_whose_city_this_is() -> None:
    for ours in ("", None, "hue.gov.vn"):
        check_jurisdiction(ours)
    with pytest.raises(Fault) as fault:
        check_jurisdiction("sfgov.org")
    assert fault.value.code == 404


# A small alphabet finds more: digits that are none, signs of dates, separators, half a form.
Anything: Any = st.text(st.sampled_from('0129²٣-:.TZ+ ,;=&%"\r\n\0ếnaife'), max_size=40)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["status", "start_date", "end_date", "page", "page_size", "updated_after"]),
        st.lists(Anything | st.datetimes().map(lambda d: f"{d.isoformat()}Z"), max_size=2),
    )
)
def test_any_query_is_filters_or_a_fault(query: dict[str, list[str]]) -> None:
    try:
        asked = filters(query, NOW)
    except Fault as fault:
        assert fault.code == 400  # noqa: PT017 - either way is right
    else:
        assert timedelta() <= asked.end - asked.start <= WINDOW


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FULL)), Anything), st.binary(max_size=200))
def test_any_form_is_read_or_a_fault(fields: dict[str, str], noise: bytes) -> None:
    raw, kind = multipart(FULL)
    for body, of in (
        (urlencode(fields).encode(), URLENCODED),
        (noise, URLENCODED),
        (raw[: len(noise) * 3] + noise + raw[len(noise) * 3 :], kind),
    ):
        try:
            posted(form(body, of))
        except Fault as fault:
            assert fault.code == 400  # noqa: PT017 - either way is right


@settings(deadline=None)
@given(Anything)
def test_any_moment_is_read_or_a_fault(words: str) -> None:
    try:
        read = moment(words, "x")
    except Fault:
        return
    assert read is not None
    assert read.tzinfo is not None
