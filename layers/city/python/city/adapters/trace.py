"""One thread through the city: correlation id and W3C trace context, from request to last event."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pydantic import BaseModel

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")
_CORRELATION = re.compile(r"^[A-Za-z0-9_.:-]{8,80}$")


class Trace(BaseModel, frozen=True):
    """Where we are in the thread. `parent` is the span that called us."""

    correlation_id: str
    trace_id: str
    span_id: str
    parent: str | None = None

    @property
    def traceparent(self) -> str:
        """The header for whoever we call (www.w3.org/TR/trace-context)."""
        return f"00-{self.trace_id}-{self.span_id}-01"


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)
_facts: ContextVar[dict[str, Any] | None] = ContextVar("facts", default=None)


def continued(traceparent: str | None, correlation_id: str | None) -> Trace:
    """The next span of a given thread, or a new thread when the headers are absent or malformed."""
    match = _TRACEPARENT.match(traceparent or "")
    trace_id = match.group(1) if match else secrets.token_hex(16)
    good = correlation_id if correlation_id and _CORRELATION.match(correlation_id) else None
    return Trace(
        correlation_id=good or trace_id,
        trace_id=trace_id,
        span_id=secrets.token_hex(8),
        parent=match.group(2) if match else None,
    )


def current() -> Trace:
    """The thread of this invocation; a fresh one outside any."""
    return _current.get() or continued(None, None)


@contextmanager
def following(trace: Trace) -> Iterator[dict[str, Any]]:
    """Run inside a thread; yields the facts noted on the way, for the one log line."""
    facts: dict[str, Any] = {}
    token, fact_token = _current.set(trace), _facts.set(facts)
    try:
        yield facts
    finally:
        _current.reset(token)
        _facts.reset(fact_token)


def note(**facts: str | int | float | bool | None) -> None:
    """Add facts to this invocation's log line. Identifiers and counts only, never personal data."""
    held = _facts.get()
    if held is not None:
        held.update(facts)
