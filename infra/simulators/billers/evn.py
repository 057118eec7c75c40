"""Electricity, as a large company may do it: idempotent by reference, query right at once, closed
for an hour each night, one bill a month, statement as CSV."""

from datetime import datetime, time

from aiohttp import web

from infra.simulators.billers.book import HUE, Book, Habits
from infra.simulators.billers.demo import fill
from infra.simulators.billers.server import Counter, application

CODE = "PC03HH{:07}"


def app(address: str, city: str) -> web.Application:  # noqa: ARG001 - one shape for all
    """The simulator."""
    book = Book("evn", Habits(closed=(time(23, 0), time(0, 30))))
    fill(book, CODE, datetime.now(HUE).date(), periods=1, least=80_000, most=2_400_000)
    return application({"": Counter(book, f"{city}/v1/bills/callbacks/evn")})
