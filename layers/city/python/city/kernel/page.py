"""Lists come in pages; the cursor is opaque to whoever holds it."""

import base64
import binascii
import json
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from city.kernel.problems import invalid

T = TypeVar("T")
DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class Page(BaseModel, Generic[T]):
    """Some of a list, and the cursor of the rest (`None` at the end)."""

    items: list[T]
    next_cursor: str | None = None


class PageQuery(BaseModel):
    """The paging part of a query string."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=2000)


def encode_cursor(position: dict[str, Any]) -> str:
    """A position as one URL-safe word."""
    raw = json.dumps(position, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> dict[str, Any]:
    """The position a cursor stands for; `{}` for none.

    Raises:
        Invalid: the text was not made by `encode_cursor`.
    """
    if not cursor:
        return {}
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position = json.loads(raw)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        position = None
    if not isinstance(position, dict):
        raise invalid("cursor", "Mã trang không hợp lệ.", "This cursor is not one of ours.")
    return position
