"""Between GeoReport v2 and our reports."""

from datetime import datetime
from typing import Any, NamedTuple

from city.contracts.reports import Bucket
from city.kernel.clock import local_date
from city.kernel.reference import Category, Reference
from city.open311.reading import (
    LANDMARK,
    MOST,
    URGENCY,
    WINDOW,
    Fault,
    Filters,
    Posted,
    filters,
    form,
    moment,
    posted,
)
from city.open311.render import w3c

__all__ = [
    "LANDMARK",
    "MOST",
    "URGENCY",
    "WINDOW",
    "Fault",
    "Filters",
    "Posted",
    "Seen",
    "check_jurisdiction",
    "definition",
    "discovery",
    "entry",
    "filters",
    "form",
    "is_open",
    "moment",
    "posted",
    "service_entry",
]

JURISDICTION = "hue.gov.vn"
CHANGESET = "2026-11-23T00:00:00Z"


def discovery(base_url: str, *, sandbox: bool, key_notice: str) -> dict[str, Any]:
    """Where the service is and how to get a key."""
    return {
        "changeset": CHANGESET,
        "contact": "Trung tâm Giám sát, điều hành đô thị thông minh (IOC), 19001075",
        "key_service": key_notice,
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{base_url}/open311/v2",
                "changeset": CHANGESET,
                "type": "test" if sandbox else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def service_entry(category: Category) -> dict[str, Any]:
    """A category in the service list."""
    return {
        "service_code": category.code,
        "service_name": category.name.vi,
        "description": f"{category.hint.vi} / {category.name.en}: {category.hint.en}",
        "metadata": True,
        "type": "realtime",
        "keywords": f"{category.group},{category.name.en}",
        "group": category.group,
    }


def definition(category: Category) -> dict[str, Any]:
    """The attributes of a service: how urgent, and a landmark. Both may be left out."""
    return {
        "service_code": category.code,
        "attributes": [
            {
                "variable": True,
                "code": URGENCY,
                "datatype": "singlevaluelist",
                "required": False,
                "datatype_description": "",
                "order": 1,
                "description": "Mức khẩn cấp / How urgent",
                "values": [
                    {"key": "timed", "name": "Theo thời hạn / Within the usual time"},
                    {"key": "immediate", "name": "Xử lý ngay / At once"},
                ],
            },
            {
                "variable": True,
                "code": LANDMARK,
                "datatype": "string",
                "required": False,
                "datatype_description": "",
                "order": 2,
                "description": "Điểm dễ nhận biết gần đó / A landmark nearby",
                "values": [],
            },
        ],
    }


def check_jurisdiction(given: str | None) -> None:
    """Raises Fault 404 for a jurisdiction that is not this city."""
    if given and given not in (JURISDICTION, "46"):
        raise Fault(404, f"jurisdiction_id {given[:60]} was not found; ours is {JURISDICTION}")


class Seen(NamedTuple):
    """What the standard shows of a report; made by the trigger from the public card and text."""

    id: str
    bucket: Bucket
    state_name: str
    category: str
    text: str
    agencies: list[str]
    submitted_at: datetime
    updated_at: datetime
    due_at: datetime | None
    address: str
    lat: float
    lon: float
    media_url: str


_CLOSED = {Bucket.RESOLVED, Bucket.INELIGIBLE, Bucket.MERGED, Bucket.WITHDRAWN}


def is_open(bucket: Bucket) -> bool:
    """Whether the standard calls a report open."""
    return bucket not in _CLOSED


def entry(seen: Seen, city: Reference) -> dict[str, Any]:
    """A report as the standard shows it."""
    category = city.category(seen.category)
    names = [a.name.vi for a in map(city.agency, seen.agencies) if a]
    ward = city.ward_at(seen.lat, seen.lon, local_date(seen.submitted_at))
    address = ", ".join(filter(None, [seen.address, ward.name if ward else ""]))
    return {
        "service_request_id": seen.id,
        "status": "open" if is_open(seen.bucket) else "closed",
        "status_notes": seen.state_name,
        "service_name": category.name.vi if category else seen.category,
        "service_code": seen.category,
        "description": seen.text,
        "agency_responsible": "; ".join(names),
        "service_notice": "",
        "requested_datetime": w3c(seen.submitted_at),
        "updated_datetime": w3c(seen.updated_at),
        "expected_datetime": w3c(seen.due_at),
        "address": address,
        "address_id": "",
        "zipcode": "",
        "lat": seen.lat,
        "long": seen.lon,
        "media_url": seen.media_url,
    }
