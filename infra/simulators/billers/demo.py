"""Made-up customers for every simulator: the same codes always, bills around today."""

import random
from datetime import date, datetime, timedelta

from infra.simulators.billers.book import HUE, Book, Invoice

NAMES = ("N*** T*** L**", "T*** V*** M***", "H*** A*** T***", "P*** T*** H*", "L* T*** N***")
DEMO_CUSTOMERS = 40


def code(pattern: str, number: int) -> str:
    """The customer code of a number; `pattern` says the shape, as `PC03HH{:07}`."""
    return pattern.format(number)


def month_before(day: date, months: int) -> date:
    """The first of the month that many months ago."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def fill(
    book: Book,
    pattern: str,
    today: date,
    *,
    periods: int,
    least: int,
    most: int,
    life_days: int | None = None,
) -> None:
    """Customers 1 to 40, each owing for up to `periods` months."""
    chance = random.Random(book.name)
    for number in range(1, DEMO_CUSTOMERS + 1):
        customer = code(pattern, number)
        invoices = []
        for back in range(periods if number == 1 else chance.randint(1, periods), 0, -1):
            month = month_before(today, back)
            expires = datetime.now(HUE) + timedelta(days=life_days) if life_days else None
            invoices.append(
                Invoice(
                    f"{customer}-{month:%Y%m}", customer, f"{month:%m/%Y}",
                    chance.randrange(least, most, 500), today + timedelta(days=9 - 7 * back),
                    expires_at=expires,
                )
            )  # fmt: skip
        book.add(customer, chance.choice(NAMES), *invoices)
