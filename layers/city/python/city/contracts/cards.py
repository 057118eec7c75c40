"""What the unit `cards` publishes: ids and kinds only."""

from datetime import datetime
from typing import ClassVar

from city.contracts.envelope import Announcement


class _AboutCard(Announcement):
    unit: ClassVar[str] = "cards"
    subject_field: ClassVar[str] = "card_id"

    card_id: str
    holder: str
    kind: str
    at: datetime


class CardIssued(_AboutCard):
    """A card was issued."""

    happened: ClassVar[str] = "card_issued"


class CardRevoked(_AboutCard):
    """A card is no longer good; `reason` is a code."""

    happened: ClassVar[str] = "card_revoked"

    reason: str
