"""Three bodies that issue invoices with an end: public-service fees, tuition, hospital fees. They
answer PENDING, then tell by signed callback; they take payments back and refund parts. Tuition is
taken in parts too, and what is paid over is kept for the next bill."""

from dataclasses import replace
from datetime import datetime

from aiohttp import web

from infra.simulators.billers.book import HUE, Book, Habits
from infra.simulators.billers.demo import fill
from infra.simulators.billers.server import Counter, application

CODES = {"dichvucong": "DVC{:08}", "hocphi": "HS{:08}", "vienphi": "BN{:08}"}
AMOUNTS = {
    "dichvucong": (20_000, 900_000),
    "hocphi": (300_000, 3_500_000),
    "vienphi": (150_000, 9_000_000),
}
HABITS = Habits(callbacks=True, cancel=True, lag_s=1.0)
TUITION = replace(HABITS, part_least_vnd=100_000, over_most_vnd=1_000_000)


def app(address: str, city: str) -> web.Application:  # noqa: ARG001 - one shape for all
    """The simulator: one server, a counter under each body's name."""
    counters = {}
    for name, pattern in CODES.items():
        book = Book(name, TUITION if name == "hocphi" else HABITS)
        least, most = AMOUNTS[name]
        today = datetime.now(HUE).date()
        fill(book, pattern, today, periods=1, least=least, most=most, life_days=20)
        counters[f"/{name}"] = Counter(book, f"{city}/v1/bills/callbacks/{name}")
    return application(counters)
