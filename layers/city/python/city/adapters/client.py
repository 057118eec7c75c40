"""Clients of the cloud's services, as every adapter makes them.

The name is ours and fixed: botocore otherwise builds a long one anew for every request, which was
an eighth of what a function did for a payment.
"""

from typing import Any

from botocore.config import Config

NAMED = Config(user_agent="hue-s")


def client(service: str) -> Any:
    """A client by boto3, imported late: functions that never call the service start faster."""
    import boto3

    return boto3.client(service, config=NAMED)
