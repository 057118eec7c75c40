"""A draft as a rule writes it."""

from pydantic import BaseModel

from city.alerts.model import Content, Provenance


class Written(BaseModel, frozen=True):
    """A draft as a rule writes it, and what it rests on."""

    content: Content
    provenance: Provenance
