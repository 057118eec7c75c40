"""Every hour: evidence whose time is over is removed, and the chain says so. May run twice."""

from city.adapters.table import CommitConflict, Delete, Operation
from city.violations.desk import Desk
from city.violations.model import State, Violation
from city.violations.store import Store, changes

A_RUN = 40
PAGES_A_CASE = 30
FILES_NAMED = 100


def sweep(desk: Desk) -> int:
    """Remove what is due; how many cases lost their evidence."""
    done = 0
    for sort_key, id_ in desk.store.due(desk.now, A_RUN):
        violation = desk.store.violation(id_)
        if violation is None or violation.due is None or violation.due > desk.now:
            desk.store.commit([Delete("DUE", sort_key)])
            continue
        done += erase(desk, violation)
    return done


def erase(desk: Desk, violation: Violation) -> bool:
    """Remove a case's files, then what would find or name anybody; whether all is gone.

    Files go first: whoever dies in between begins again and finds nothing left to remove.
    """
    removed: list[str] = []
    after: str | None = None
    for _ in range(PAGES_A_CASE):
        kept, after = desk.store.detections(violation.id, after, 100)
        for each in kept:
            if each.erased:
                continue
            for item in each.evidence:
                desk.evidence.remove(item.key)
                removed.append(item.sha256)
            bare = each.detection and each.detection.model_copy(update={"plate": None, "boxes": ()})
            gone = each.model_copy(update={"detection": bare, "evidence": (), "erased": True})
            try:
                desk.store.commit([Store.put_kept(violation.id, gone, new=False)])
            except CommitConflict:
                return False
        if after is None:
            break
    else:
        return False
    return _forgotten(desk, violation, removed)


def _forgotten(desk: Desk, violation: Violation, removed: list[str]) -> bool:
    waiting = violation.state is State.WAITING
    after = violation.model_copy(
        update={
            "state": State.LAPSED if waiting else violation.state, "claim": None,
            "plate": None, "evidence": 0, "erased_at": desk.now, "due": None,
        }
    )  # fmt: skip
    why = "not_reviewed" if waiting else violation.state.value
    entry = desk.entry(None, "erased", why=why, files=removed[:FILES_NAMED], count=len(removed))
    _, operations = changes(violation, after, entry)
    more: list[Operation] = Store.total(desk.now, erased=1, **({"lapsed": 1} if waiting else {}))
    try:
        desk.store.commit([*operations, *more])
    except CommitConflict:
        return False  # somebody changed it just now; the next run looks again
    return True
