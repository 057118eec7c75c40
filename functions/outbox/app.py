"""What wakes the relay: the clock. It publishes what a dying function left in its outbox."""

from datetime import timedelta

from city.adapters.http import Unit
from city.adapters.stores import outbox
from city.adapters.trace import note
from city.kernel.clock import utc_now

SPEAKING_UNITS = (
    "alerts",
    "bills",
    "cameras",
    "cards",
    "catalogue",
    "fanout",
    "grants",
    "identity",
    "indicators",
    "ledger",
    "media",
    "merchants",
    "notify",
    "partners",
    "privacy",
    "reports",
    "sensing",
    "settlement",
    "sla",
    "vessels",
    "violations",
    "wallet",
)
GRACE = timedelta(seconds=20)  # younger rows still have their own function behind them

app = Unit("outbox")
events = app.events


@app.every(minutes=1)
def relay() -> None:
    """Publish what was left behind."""
    note(relayed=sum(outbox(unit).relay(utc_now() - GRACE) for unit in SPEAKING_UNITS))
