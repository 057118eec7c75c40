"""Clients of the cloud's services, as every adapter makes them.

The name is ours and fixed: botocore otherwise builds a long one anew for every request, which was
an eighth of what a function did for a payment.
"""

import functools
from typing import TYPE_CHECKING, Any

from botocore.config import Config

if TYPE_CHECKING:
    from city.adapters.wire import Wire

NAMED = Config(user_agent="hue-s")


def client(service: str) -> Any:
    """A client by boto3, imported late: functions that never call the service start faster."""
    import boto3

    return boto3.client(service, config=NAMED)


@functools.cache
def wire(service: str) -> "Wire":
    """The short way to a service that speaks plain JSON; imported late for the same reason."""
    from city.adapters.wire import Wire

    return Wire(client(service))
