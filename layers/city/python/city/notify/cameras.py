"""What is said to the centre about cameras: which are silent, which are back."""

from datetime import timedelta

from city.adapters.table import Table
from city.contracts.cameras import CamerasFellSilent
from city.kernel.text import Text, text
from city.notify import box

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
    return box.put(table, BOX, event.at, event_id, doc, KEEP)
