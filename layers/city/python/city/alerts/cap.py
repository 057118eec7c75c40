"""The Common Alerting Protocol 1.2 (OASIS) as models: what a message says, not how it came to be.

Only what the city uses: public messages of the types Alert, Update and Cancel. Times bear an
offset and whole seconds. `capxml.py` writes and reads them, `lint.py` judges them.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from city.contracts.alerts import Certainty, MessageType, Severity, Status, Urgency

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

Category = Literal[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
]
Response = Literal[
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"
]
Ring = tuple[tuple[float, float], ...]
"""Positions (lat, lon), the first again at the end."""


class Named(BaseModel, frozen=True):
    """A name and a value: geocodes, event codes, parameters."""

    name: str
    value: str


class Circle(BaseModel, frozen=True):
    """A point and a radius; CAP counts kilometres."""

    lat: float
    lon: float
    radius_km: float


class CapArea(BaseModel, frozen=True):
    """One area: its name, outlines and codes."""

    description: str
    polygons: tuple[Ring, ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Named, ...] = ()


class Info(BaseModel, frozen=True):
    """The message in one language."""

    language: str
    categories: tuple[Category, ...]
    event: str
    responses: tuple[Response, ...] = ()
    urgency: Urgency | Literal["Unknown"]
    severity: Severity | Literal["Unknown"]
    certainty: Certainty | Literal["Unknown"]
    audience: str | None = None
    event_codes: tuple[Named, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Named, ...] = ()
    areas: tuple[CapArea, ...] = ()


class CapAlert(BaseModel, frozen=True):
    """A message. `references` are earlier messages as `sender,identifier,sent`. A `restriction`
    says who alone may see it; without one it is public."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    message_type: MessageType
    source: str | None = None
    restriction: str | None = None
    codes: tuple[str, ...] = ()
    note: str | None = None
    references: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = ()


def cap_time(moment: datetime) -> str:
    """A moment as CAP writes it: whole seconds and an offset, never `Z` (UTC is `-00:00`)."""
    text = moment.replace(microsecond=0).isoformat()
    return f"{text[:-6]}-00:00" if text.endswith("+00:00") else text


def reference_to(message: CapAlert) -> str:
    """How a later message names this one."""
    return f"{message.sender},{message.identifier},{cap_time(message.sent)}"
