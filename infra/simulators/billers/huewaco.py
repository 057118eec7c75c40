"""Water, as a company with a night batch may do it: several periods, oldest first; takes a payment
in and books it seconds later, tells by callback, at times twice, and answers NOT_FOUND until then
when the dial says `late`."""

from datetime import datetime

from aiohttp import web

from infra.simulators.billers.book import HUE, Book, Habits
from infra.simulators.billers.demo import fill
from infra.simulators.billers.dial import Dial
from infra.simulators.billers.server import Counter, application

CODE = "HW{:08}"


def app(address: str, city: str) -> web.Application:  # noqa: ARG001 - one shape for all
    """The simulator."""
    book = Book("huewaco", Habits(oldest_first=True, callbacks=True, lag_s=1.5))
    fill(book, CODE, datetime.now(HUE).date(), periods=3, least=40_000, most=450_000)
    dial = Dial(seed=1, rates={"duplicate_callback": 0.2}, lag_s=240)
    return application({"": Counter(book, f"{city}/v1/bills/callbacks/huewaco", dial)})
