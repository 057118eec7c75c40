"""Clients of the cloud's services, as every adapter makes them.

The name is ours and fixed: botocore otherwise builds a long one anew for every request, which was
an eighth of what a function did for a payment.
"""

import threading
from typing import Any

from botocore.config import Config

NAMED = Config(user_agent="hue-s")
_one_at_a_time = threading.Lock()


def client(service: str, config: Config | None = None, endpoint_url: str | None = None) -> Any:
    """A client by boto3, imported late: functions that never call the service start faster.

    Clients may be shared by threads; making one is not safe in them (boto3's default session is
    made by whoever comes first, and others find it half made). So they are made one at a time.
    """
    with _one_at_a_time:
        import boto3

        told = NAMED if config is None else NAMED.merge(config)
        return boto3.client(service, endpoint_url=endpoint_url, config=told)
