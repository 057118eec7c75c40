"""What a unit that holds personal data does when a person asks for it, or asks to be forgotten.

A holder hands in two functions; writing the part, saying that it is done, and being asked twice
are handled here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.parts import Parts
from city.contracts.privacy import PersonalDataHandled, PersonalDataRequested
from city.kernel.ids import derived_id


@dataclass(frozen=True, slots=True)
class Erased:
    """How many things were erased, and under which law the rest stays, if any stays."""

    items: int
    kept_by_law: str | None = None


def handle(
    asked: PersonalDataRequested,
    holder: str,
    *,
    export: Callable[[str], dict[str, Any]],
    erase: Callable[[str], Erased],
    parts: Parts,
    outbox: Outbox,
) -> None:
    """Serve a request. Asked twice it writes the same part and says the same under one event id.

    `export` gives the person's data as a document of lists and values, empty for nothing; `erase`
    is run again after a crash, so it must not mind.
    """
    law = None
    if asked.kind == "export":
        document = export(asked.subject)
        items = sum(len(v) if isinstance(v, list) else 1 for v in document.values() if v)
        if document:
            parts.write(asked.request_id, holder, document)
    else:
        gone = erase(asked.subject)
        items, law = gone.items, gone.kept_by_law
    handled = PersonalDataHandled(
        request_id=asked.request_id,
        holder=holder,
        outcome="kept_by_law" if law else ("done" if items else "nothing"),
        items=items,
        law=law,
        at=asked.at,
    )
    event_id = derived_id(asked.at, asked.request_id, holder, asked.kind)
    outbox.commit([], [(event_id, handled, asked.at)])
