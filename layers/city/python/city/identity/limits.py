"""How often something may be tried: by source address, by device, by number."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from city.identity.door import Door
from city.identity.model import CODES_PER_QUARTER_HOUR, RESEND_S, Code
from city.kernel.problems import TooMany

# A sandbox is one address, whoever sits at it.
PER_ADDRESS, SANDBOX_PER_ADDRESS, PER_DEVICE = 60, 3000, 20
MINUTE_S, QUARTER_S, DAY_S = 60, 900, 86_400
FAILURES_A_DAY = 50  # wrong codes for one number: with 10^6 codes, one in 20,000 days is guessed
QUARTER_HOUR = timedelta(minutes=15)


def network(address: str) -> str:
    """Whose address it is: an IPv6 subscriber owns a /64, all of it one caller."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


def by_caller(door: Door, what: str, address: str, device_id: str) -> None:
    """Count a try.

    Raises:
        TooMany: this address or this device tried too often.
    """
    most = SANDBOX_PER_ADDRESS if door.sandbox else PER_ADDRESS
    key = door.keyed("address", network(address))[:32]
    if door.people.hit(f"{what}-address#{key}", MINUTE_S, door.now) > most:
        raise TooMany(MINUTE_S)
    if device_id:
        key = door.keyed("device", device_id)[:32]
        if door.people.hit(f"{what}-device#{key}", QUARTER_S, door.now) > PER_DEVICE:
            raise TooMany(QUARTER_S)


def by_failures(door: Door, phone_hash: str) -> None:
    """Whether somebody guesses at a number.

    Raises:
        TooMany: too many wrong codes within a day.
    """
    if door.people.hits(f"failed#{phone_hash}", DAY_S, door.now) >= FAILURES_A_DAY:
        raise TooMany(DAY_S)


def failed(door: Door, phone_hash: str) -> None:
    """A wrong code."""
    door.people.hit(f"failed#{phone_hash}", DAY_S, door.now)


def sendings(code: Code | None, now: datetime) -> tuple[datetime, ...]:
    """The sendings of the last quarter hour, if another one may follow.

    A code that signed somebody in does not hold up the next sign-in.

    Raises:
        TooMany: the number got one a moment ago, or many lately.
    """
    recent = tuple(at for at in (code.sent if code else ()) if now - at < QUARTER_HOUR)
    if code and code.used:
        return ()
    if recent and (now - recent[-1]).total_seconds() < RESEND_S:
        raise TooMany(max(1, round(RESEND_S - (now - recent[-1]).total_seconds())))
    if len(recent) >= CODES_PER_QUARTER_HOUR:
        raise TooMany(max(1, round((recent[0] + QUARTER_HOUR - now).total_seconds())))
    return recent
