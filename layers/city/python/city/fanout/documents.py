"""What fan-out knows of the city: kinds and roles to choose by, push services to send to."""

from typing import Any

from pydantic import BaseModel

from city.adapters.documents import Documents
from city.fanout.sms import SmsRules


class Known(BaseModel, frozen=True):
    """The unit's documents. A push service is a host, or `*.` and a domain: a browser names its
    own, and we call no address that is on no list."""

    version: str
    kinds: tuple[str, ...]
    roles: tuple[str, ...]
    push_services: tuple[str, ...]
    sms: SmsRules


NAMES = ("kinds", "roles", "push_services", "sms")


def from_documents(documents: dict[str, Any], version: str) -> Known:
    """The documents together."""
    return Known(version=version, **{name: documents[name] for name in NAMES})


known = Documents(NAMES, from_documents)
