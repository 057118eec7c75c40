"""Between GeoReport v2 and our reports."""

from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from city.contracts.reports import Bucket
from city.kernel.clock import HUE, local_date
from city.kernel.reference import Category, Reference
from city.open311.render import w3c

JURISDICTION = "hue.gov.vn"
CHANGESET = "2026-11-23T00:00:00Z"
WINDOW = timedelta(days=90)
MOST = 1000
URGENCY, LANDMARK = "urgency", "landmark"


class Fault(Exception):
    """A refusal in the standard's form."""

    def __init__(self, code: int, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(description)


class Filters(NamedTuple):
    """What a client asked for. Without ids the window is at most 90 days and 1,000 requests."""

    ids: list[str]
    codes: list[str]
    statuses: list[str]
    start: datetime
    end: datetime
    updated_after: datetime | None
    updated_before: datetime | None
    page: int
    page_size: int


class Posted(NamedTuple):
    """A request as it came."""

    service_code: str
    description: str
    lat: float | None
    lon: float | None
    address: str
    media_url: str | None
    urgency: str | None
    api_key: str
    contact: dict[str, str]


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


def filters(query: dict[str, list[str]], now: datetime) -> Filters:
    """Read the query of `GET requests`.

    Raises:
        Fault: 400 for a value that cannot be read.
    """

    def one(name: str) -> str | None:
        values = query.get(name)
        return values[-1].strip() if values and values[-1].strip() else None

    def many(name: str) -> list[str]:
        return [p.strip() for value in query.get(name, []) for p in value.split(",") if p.strip()]

    statuses = many("status")
    wrong = [s for s in statuses if s not in ("open", "closed")]
    if wrong:
        raise Fault(400, f"status must be open or closed, not {wrong[0][:40]}")
    start, end = moment(one("start_date"), "start_date"), moment(one("end_date"), "end_date")
    if end is None:
        end = min(now, start + WINDOW) if start else now
    if start is None or end - start > WINDOW:
        start = end - WINDOW
    if start > end:
        raise Fault(400, "start_date lies after end_date")
    return Filters(
        ids=many("service_request_id"),
        codes=many("service_code"),
        statuses=statuses,
        start=start,
        end=end,
        updated_after=moment(one("updated_after"), "updated_after"),
        updated_before=moment(one("updated_before"), "updated_before"),
        page=_number(one("page"), "page", 1, 10_000),
        page_size=_number(one("page_size"), "page_size", MOST, MOST),
    )


def _number(given: str | None, name: str, otherwise: int, most: int) -> int:
    if given is None:
        return otherwise
    if not given.isdigit() or not 1 <= int(given) <= most:
        raise Fault(400, f"{name} must be a number from 1 to {most}")
    return int(given)


def moment(given: str | None, name: str) -> datetime | None:
    """A W3C datetime; without an offset it is Huế's time. A `+` may have become a space.

    Raises:
        Fault: 400 when it cannot be read.
    """
    if given is None:
        return None
    try:
        read = datetime.fromisoformat(given.replace(" ", "+") if "T" in given else given)
    except ValueError as error:
        raise Fault(400, f"{name} must be a W3C datetime such as 2026-11-23T07:30:00Z") from error
    return (read if read.tzinfo else read.replace(tzinfo=HUE)).astimezone(UTC)


def form(raw: bytes, content_type: str) -> dict[str, str]:
    """The fields of a posted form, URL-encoded or multipart; files are not taken this way.

    Raises:
        Fault: 400 for another kind of body.
    """
    kind = content_type.split(";")[0].strip().lower()
    if kind in ("application/x-www-form-urlencoded", ""):
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    if kind == "multipart/form-data":
        head = b"Content-Type: " + content_type.encode() + b"\r\n\r\n"
        parts = BytesParser(policy=HTTP).parsebytes(head + raw)
        found: dict[str, str] = {}
        for part in parts.iter_parts() if parts.is_multipart() else ():
            name = part.get_param("name", header="content-disposition")
            data = part.get_payload(decode=True)
            if name and not part.get_filename() and isinstance(data, bytes):
                found[str(name)] = data.decode("utf-8", "replace").strip("\r\n")
        return found
    raise Fault(400, f"send a form, not {kind[:60]}")


def posted(fields: dict[str, str]) -> Posted:
    """Read a posted request.

    Raises:
        Fault: 400 when a required field is missing or wrong.
    """
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    if "service_code" not in given:
        raise Fault(400, "service_code was not provided")
    lat, lon = _degrees(given, "lat", 90), _degrees(given, "long", 180)
    if (lat is None) != (lon is None):
        raise Fault(400, "lat and long must come together")
    address = given.get("address_string") or given.get("address_id") or ""
    if lat is None and not address:
        raise Fault(400, "a location must be provided: lat and long, or address_string")
    landmark = given.get(f"attribute[{LANDMARK}]")
    urgency = given.get(f"attribute[{URGENCY}]")
    if urgency not in (None, "timed", "immediate"):
        raise Fault(400, f"attribute[{URGENCY}] must be timed or immediate")
    url = given.get("media_url")
    if url and not url.startswith(("http://", "https://")):
        raise Fault(400, "media_url must be an http or https address")
    contact = ("email", "device_id", "account_id", "first_name", "last_name", "phone")
    return Posted(
        service_code=given["service_code"],
        description=given.get("description", ""),
        lat=lat,
        lon=lon,
        address=", ".join(filter(None, [address, landmark]))[:300],
        media_url=url[:1000] if url else None,
        urgency=urgency,
        api_key=given.get("api_key", ""),
        contact={name: given[name][:200] for name in contact if name in given},
    )


def _degrees(given: dict[str, str], name: str, most: int) -> float | None:
    if name not in given:
        return None
    try:
        value = float(given[name])
    except ValueError as error:
        raise Fault(400, f"{name} must be a number") from error
    if not -most <= value <= most:
        raise Fault(400, f"{name} must lie between -{most} and {most}")
    return value


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
