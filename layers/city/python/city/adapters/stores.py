"""Opening a unit's table and outbox in this process."""

import functools

from city.adapters.bus import EventBridge
from city.adapters.outbox import Outbox
from city.adapters.settings import settings
from city.adapters.table import Table
from city.adapters.table_dynamo import DynamoTable


@functools.cache
def table(unit: str) -> Table:
    """The table of a unit."""
    return DynamoTable(settings().table(unit), settings().region)


@functools.cache
def outbox(unit: str) -> Outbox:
    """The outbox of a unit."""
    return Outbox(table(unit), EventBridge(settings().bus_name))
