"""What is said to the centre about cameras: which are silent, which are back."""

from datetime import timedelta

from city.adapters.table import ABSENT, CommitConflict, Put, Row, Table
from city.contracts.cameras import CamerasFellSilent
from city.kernel.clock import stamp
from city.kernel.text import Text, text

BOX = "ioc"
KEEP = timedelta(days=30)
NAMED = 5
SILENT = text("{n} camera mất hình", "{n} cameras without a picture")
BACK = text("{n} camera có hình trở lại", "{n} cameras have a picture again")


def tell(table: Table, event: CamerasFellSilent, event_id: str) -> bool:
    """Put a notice into the centre's box; whether it is new there."""
    title = (SILENT if event.silent else BACK).format(n=len(event.silent or event.back))
    named = [event.names.get(id_, id_) for id_ in event.silent or event.back]
    words = ", ".join(named[:NAMED]) + (" …" if len(named) > NAMED else "")
    doc = {
        "kind": "cameras.silence",
        "title": title.model_dump(),
        "body": Text(vi=words, en=words).model_dump(),
        "link": "/console/cameras",
    }
    ttl = int((event.at + KEEP).timestamp())
    row = Row(f"INBOX#{BOX}", f"{stamp(event.at)}#{event_id}", doc, ttl=ttl)
    try:
        table.commit(Put(row, ABSENT))
    except CommitConflict:
        return False
    return True
