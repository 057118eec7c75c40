"""Counting events, each once."""

from collections.abc import Sequence

from city.contracts.reports import ReportChanged
from city.stats.rules import changes, first_assigned
from city.stats.store import Counts


def count(counts: Counts, event: ReportChanged) -> bool:
    """Count one step of a report; False when it was counted before or counts nothing.

    The marker is the report and its step, not the event's id, so that a replay from the timeline
    (which may wrap the same step again) is recognised as well.
    """
    return count_many(counts, [event], batch=f"{event.report_id}#{event.seq}") > 0


def count_many(counts: Counts, events: Sequence[ReportChanged], *, batch: str) -> int:
    """Count some steps as one; returns how many commits were new.

    `batch` names exactly these events: the same name again counts nothing. Replays hand in
    history that was never on the bus; a step that `count` may also see must not be in a batch.

    Raises:
        CommitConflict: see `Counts.note_agencies`; the same batch may be handed in again.
    """
    first = first_assigned(events)
    if first:
        counts.note_agencies(first)
    cells = changes(events)
    return counts.add(batch, cells) if cells else 0
