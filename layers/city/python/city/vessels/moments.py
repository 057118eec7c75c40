"""Epoch milliseconds, as positions have them, and moments."""

from datetime import UTC, datetime


def moment(t: int) -> datetime:
    """The aware moment of epoch milliseconds."""
    return datetime.fromtimestamp(t / 1000, UTC)


def millis(at: datetime) -> int:
    """Epoch milliseconds of an aware moment."""
    return round(at.timestamp() * 1000)
