"""What another server's answer means for one device, and when it wants to be asked again."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from city.fanout.model import Receipt

LATER = {
    HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT,
}  # fmt: skip
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
LONGEST_S = 600.0

ACCEPTED = Receipt(verdict="accepted")
LOST = Receipt(verdict="later")  # no answer: it may have arrived, and is tried again
REFUSED = Receipt(verdict="refused")
ENDED = Receipt(verdict="gone")


def verdict(status: int, retry_after: str, now: datetime) -> Receipt:
    """An HTTP status as RFC 8030 sections 5 and 7.3 mean it."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return ACCEPTED
    if status in GONE:
        return ENDED
    if status in LATER:
        return Receipt(verdict="later", retry_after_s=seconds(retry_after, now))
    return REFUSED


def seconds(retry_after: str, now: datetime) -> float:
    """`Retry-After` (RFC 9110 section 10.2.3) in seconds, at most ten minutes; 0 for none."""
    if retry_after.isdigit():
        return min(float(retry_after), LONGEST_S)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), LONGEST_S)
