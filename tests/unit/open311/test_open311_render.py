"""The documents of GeoReport v2, element by element, in both formats."""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from city.contracts.reports import Bucket
from city.open311 import service
from city.open311.render import MEDIA_TYPES, Format, document, errors, w3c
from hypothesis import given, settings
from hypothesis import strategies as st
from world import small_city

CITY = small_city()
SEEN = service.Seen(
    id="01KABCDEFGHJKMNPQRSTVWXYZ0",
    bucket=Bucket.PENDING,
    state_name="Đã tiếp nhận",
    category="drainage",
    text='Nắp cống vỡ\n<b>"&',
    agencies=["drains", "gone"],
    submitted_at=datetime(2026, 11, 16, 2, tzinfo=UTC),
    updated_at=datetime(2026, 11, 16, 3, tzinfo=UTC),
    due_at=None,
    address="12 Lê Lợi",
    lat=16.46,
    lon=107.55,
    media_url="",
)
# The order and names are the standard's (GET Service Request, Response).
REQUEST = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime",
    "expected_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url",
]  # fmt: skip


def xml(root: str, content: Any) -> ET.Element:
    words = document(root, content, "xml")
    assert words.startswith('<?xml version="1.0" encoding="utf-8"?>\n<')
    return ET.fromstring(words.encode())  # noqa: S314 - our own words


def names(element: ET.Element) -> list[str]:
    return [child.tag for child in element]


def test_media_types_name_utf_8() -> None:
    assert MEDIA_TYPES == {
        "json": "application/json; charset=utf-8",
        "xml": "text/xml; charset=utf-8",
    }


def test_discovery() -> None:
    made = service.discovery("https://hue.test", sandbox=True, key_notice="ask")
    root = xml("discovery", made)
    assert names(root) == ["changeset", "contact", "key_service", "endpoints"]
    assert names(root[3]) == ["endpoint"]
    endpoint = root[3][0]
    assert names(endpoint) == ["specification", "url", "changeset", "type", "formats"]
    assert endpoint.findtext("specification") == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint.findtext("url") == "https://hue.test/open311/v2"
    assert endpoint.findtext("type") == "test"
    assert [f.text for f in endpoint.iterfind("formats/format")] == ["text/xml", "application/json"]
    read = json.loads(document("discovery", made, "json"))
    assert read["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    production = service.discovery("https://hue.test", sandbox=False, key_notice="ask")
    assert production["endpoints"][0]["type"] == "production"


def test_service_list() -> None:
    made = [service.service_entry(category) for category in CITY.categories]
    root = xml("services", made)
    assert root.tag == "services"
    assert set(names(root)) == {"service"}
    assert names(root[0]) == [
        "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
    ]  # fmt: skip
    assert root[0].findtext("metadata") == "true"
    read = json.loads(document("services", made, "json"))
    assert isinstance(read, list)
    assert read[0]["service_code"] == "drainage"
    assert read[0]["metadata"] is True
    assert {entry["type"] for entry in read} == {"realtime"}


def test_service_definition() -> None:
    category = CITY.category("drainage")
    assert category is not None
    made = service.definition(category)
    root = xml("service_definition", made)
    assert names(root) == ["service_code", "attributes"]
    assert set(names(root[1])) == {"attribute"}
    for attribute in root[1]:
        assert names(attribute) == [
            "variable", "code", "datatype", "required", "datatype_description", "order",
            "description", "values",
        ]  # fmt: skip
    listed = root[1][0]
    assert names(listed[7]) == ["value", "value"]
    assert names(listed[7][0]) == ["key", "name"]
    assert (listed.findtext("variable"), listed.findtext("required")) == ("true", "false")
    read = json.loads(document("service_definition", made, "json"))
    attributes = read["attributes"]
    assert [a["order"] for a in attributes] == [1, 2]
    assert attributes[0]["datatype_description"] is None
    assert attributes[0]["values"][0]["key"] == "timed"
    assert attributes[1]["values"] == []


def test_a_request_in_xml_and_json() -> None:
    made = [service.entry(SEEN, CITY)]
    root = xml("service_requests", made)
    assert names(root) == ["request"]
    assert names(root[0]) == REQUEST
    assert root[0].findtext("description") == SEEN.text
    assert root[0].find("expected_datetime") is not None
    assert root[0].findtext("expected_datetime") == ""
    (read,) = json.loads(document("service_requests", made, "json"))
    assert list(read) == REQUEST
    assert read["status"] == "open"
    assert read["requested_datetime"] == "2026-11-16T09:00:00+07:00"
    assert read["agency_responsible"] == "Thoát nước"
    assert read["address"] == "12 Lê Lợi, Phường Một"
    assert (read["lat"], read["long"]) == (16.46, 107.55)
    for name in ("expected_datetime", "media_url", "zipcode", "address_id", "service_notice"):
        assert read[name] is None


@pytest.mark.parametrize("bucket", list(Bucket))
def test_open_or_closed_and_nothing_else(bucket: Bucket) -> None:
    shown = service.entry(SEEN._replace(bucket=bucket), CITY)["status"]
    closed = {Bucket.RESOLVED, Bucket.INELIGIBLE, Bucket.MERGED, Bucket.WITHDRAWN}
    assert shown == ("closed" if bucket in closed else "open")


def test_no_requests_is_an_empty_list() -> None:
    assert names(xml("service_requests", [])) == []
    assert document("service_requests", [], "json") == "[]"


def test_the_answer_to_a_post_and_a_token() -> None:
    posted = [{"service_request_id": "01K", "service_notice": "", "account_id": ""}]
    assert document("service_requests", posted, "xml").endswith(
        "<service_requests><request><service_request_id>01K</service_request_id>"
        "<service_notice /><account_id /></request></service_requests>"
    )
    assert json.loads(document("service_requests", posted, "json")) == [
        {"service_request_id": "01K", "service_notice": None, "account_id": None}
    ]
    token = xml("service_requests", [{"service_request_id": "01K", "token": "01K"}])
    assert names(token[0]) == ["service_request_id", "token"]


@pytest.mark.parametrize("fmt", ["xml", "json"])
def test_errors(fmt: Format) -> None:
    words = errors(403, "api_key <none>", fmt)
    if fmt == "json":
        assert json.loads(words) == [{"code": 403, "description": "api_key <none>"}]
        return
    root = ET.fromstring(words.encode())  # noqa: S314 - our own words
    assert (root.tag, names(root), names(root[0])) == (
        "errors", ["error"], ["code", "description"],
    )  # fmt: skip
    assert root[0].findtext("description") == "api_key <none>"


@settings(deadline=None)
@given(
    st.text(st.sampled_from("a<&>]\"'\0\x0b\x1f\x7f\ud800\udfff\ufffe\uffff\r\n\tế🌳"), max_size=40)
)
def test_any_text_gives_documents_that_parse(words: str) -> None:
    made = [service.entry(SEEN._replace(text=words, address=words), CITY)]
    root = xml("service_requests", made)
    shown = root[0].findtext("description")
    assert shown is not None
    (read,) = json.loads(document("service_requests", made, "json").encode())
    assert read["description"] is None or isinstance(read["description"], str)


def test_times_carry_an_offset() -> None:
    assert w3c(datetime(2026, 12, 31, 18, 0, 0, 999, tzinfo=UTC)) == "2027-01-01T01:00:00+07:00"
    assert w3c(None) == ""
