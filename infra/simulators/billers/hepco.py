"""Sanitation, as a company with a spreadsheet may do it: not idempotent (the same reference
twice is two payments), no query, only the next day's statement, arrears that change an amount."""

from datetime import datetime

from aiohttp import web

from infra.simulators.billers.book import HUE, Book, Habits
from infra.simulators.billers.demo import fill
from infra.simulators.billers.server import Counter, application

CODE = "HEP{:06}"


def app(address: str, city: str) -> web.Application:  # noqa: ARG001 - one shape for all
    """The simulator."""
    book = Book("hepco", Habits(idempotent=False, query=False, arrears_vnd=5_000))
    fill(book, CODE, datetime.now(HUE).date(), periods=2, least=20_000, most=60_000)
    return application({"": Counter(book, f"{city}/v1/bills/callbacks/hepco")})
