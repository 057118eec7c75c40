"""What other programs send us in the words of GeoReport v2: queries and forms. Pure."""

import re
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from typing import NamedTuple
from urllib.parse import parse_qsl

from city.kernel.clock import HUE

WINDOW = timedelta(days=90)
MOST = 1000
YEARS = range(1970, 2200)  # what a date can mean here, and far from where adding days overflows
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


def filters(query: dict[str, list[str]], now: datetime) -> Filters:
    """Read the query of `GET requests`.

    `service_request_id` overrides all else, as the standard says, so the rest is not even read.
    A longer span than 90 days keeps its newest 90.

    Raises:
        Fault: 400 for a value that cannot be read.
    """

    def one(name: str) -> str | None:
        values = query.get(name)
        return values[-1].strip() if values and values[-1].strip() else None

    def many(name: str) -> list[str]:
        return [p.strip() for value in query.get(name, []) for p in value.split(",") if p.strip()]

    if ids := many("service_request_id"):
        return Filters(ids, [], [], now - WINDOW, now, None, None, 1, MOST)
    statuses = [status.lower() for status in many("status")]
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
        ids=[],
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
    if not re.fullmatch("[0-9]{1,6}", given) or not 1 <= int(given) <= most:
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
    if read.year not in YEARS:
        raise Fault(400, f"{name} must lie between {YEARS[0]} and {YEARS[-1]}")
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
        try:
            return _multipart(raw, content_type)
        except Exception as error:  # the parser trips over some broken headers
            raise Fault(400, "the multipart form cannot be read") from error
    raise Fault(400, f"send a form, not {kind[:60]}")


def _multipart(raw: bytes, content_type: str) -> dict[str, str]:
    head = b"Content-Type: " + content_type.encode() + b"\r\n\r\n"
    parts = BytesParser(policy=HTTP).parsebytes(head + raw)
    found: dict[str, str] = {}
    for part in parts.iter_parts() if parts.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if name and not part.get_filename() and isinstance(data, bytes):
            found[str(name)] = data.decode("utf-8", "replace").strip("\r\n")
    return found


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
