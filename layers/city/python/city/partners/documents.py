"""The unit's documents: scopes, events for partners, duties, limits, and the terms."""

import hashlib
from datetime import date
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from city.adapters.documents import Documents
from city.kernel.text import Text
from city.partners.model import ReviewKind

NAMES = ("scopes", "events", "duties", "limits", "terms")


class AppScope(BaseModel, frozen=True):
    """Something of a person that an app may ask to see or do. Sensitive ones need a DPIA."""

    id: str
    name: Text
    text: Text
    sensitive: bool = False


class ReviewDuty(BaseModel, frozen=True):
    """Which agency's officers give which review."""

    kind: ReviewKind
    agency: str
    name: Text
    looks_at: Text


class AppLimits(BaseModel, frozen=True):
    """What the automatic checks go by. `vague` are purposes that say nothing."""

    retention_days: int
    sensitive_retention_days: int
    purpose_words: int
    vague: tuple[str, ...]
    icons: tuple[str, ...]


class PartnerTerms(BaseModel, frozen=True):
    """A version of the responsibility terms."""

    version: int
    valid_from: date
    title: Text
    text: Text

    @property
    def sha256(self) -> str:
        """The hash that a signature names: of the Vietnamese text, a line feed, the English."""
        return hashlib.sha256(f"{self.text.vi}\n{self.text.en}".encode()).hexdigest()


class PartnerRules(BaseModel):
    """Everything the unit knows as data."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    version: str
    scopes: tuple[AppScope, ...]
    events: tuple[str, ...]
    duties: tuple[ReviewDuty, ...]
    limits: AppLimits
    terms: tuple[PartnerTerms, ...] = Field(min_length=1)

    @cached_property
    def scope(self) -> dict[str, AppScope]:
        """Scopes by id."""
        return {one.id: one for one in self.scopes}

    @cached_property
    def duty(self) -> dict[str, ReviewDuty]:
        """Duties by kind of review."""
        return {one.kind: one for one in self.duties}

    def terms_on(self, day: date) -> PartnerTerms:
        """The terms in force on a day.

        Raises:
            LookupError: none were.
        """
        held = [one for one in self.terms if one.valid_from <= day]
        if not held:
            raise LookupError(f"no responsibility terms on {day}")
        return max(held, key=lambda one: one.version)


def from_documents(documents: dict[str, Any], version: str) -> PartnerRules:
    """The rules from their documents."""
    return PartnerRules(version=version, **{name: documents[name] for name in NAMES})


rules = Documents(NAMES, from_documents)
