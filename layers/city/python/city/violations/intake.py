"""Incidents come in from cameras. Everything may come twice, late, or the evidence first."""

from collections.abc import Sequence

from city.adapters.table import retrying
from city.contracts.cameras import DetectionMade, EvidenceCame, EvidenceItem
from city.violations import searches
from city.violations.desk import Desk
from city.violations.model import RANK, Kept, State, Violation, due_in
from city.violations.store import Store, changes

ATTEMPTS = 8
SEARCHED = ("watch_list", "face_list")


def take(desk: Desk, event: DetectionMade) -> bool:
    """Begin a case, or add a detection to it; whether anything is new.

    Raises:
        CommitConflict: others kept changing the case; the event may come again.
    """
    fresh = retrying(ATTEMPTS, lambda: _taken(desk, event))
    if fresh and event.detection.kind in SEARCHED:
        searches.hit(desk, event)
    return fresh


def _taken(desk: Desk, event: DetectionMade) -> bool:
    detection = event.detection
    known = desk.store.kept(event.incident_id, detection.detection_id)
    if known is not None and known.detection is not None:
        if detection.kind in SEARCHED:
            searches.hit(desk, event)  # whoever died before saying so says it now
        return False
    early = known.evidence if known else ()
    kept = Kept(
        detection_id=detection.detection_id,
        detection=detection.model_copy(update={"evidence": ()}),
        evidence=detection.evidence or early,
        version=known.version if known else 1,
    )
    before = desk.store.violation(event.incident_id)
    grown = _begun(desk, event) if before is None else _grown(before, event)
    if before is not None and before.erased_at is not None:
        _remove(desk, kept.evidence)
        kept = kept.model_copy(update={"evidence": (), "erased": True})
    after = grown.model_copy(update={"evidence": grown.evidence + len(kept.evidence)})
    entry = desk.entry(
        None, "received", detection=detection.detection_id, model=detection.model,
        files=[item.sha256 for item in kept.evidence],
    )  # fmt: skip
    after, operations = changes(before, after, entry)
    operations.append(Store.put_kept(after.id, kept, new=known is None))
    operations += Store.total(
        detection.at, detections=1, **({"incidents": 1} if before is None else {})
    )
    desk.store.commit(operations)
    return True


def _begun(desk: Desk, event: DetectionMade) -> Violation:
    detection = event.detection
    return Violation(
        id=event.incident_id,
        camera_id=detection.camera_id,
        camera_name=event.camera_name,
        rule_id=detection.rule_id,
        rule_version=detection.rule_version,
        rule_name=event.rule_name,
        kind=detection.kind,
        severity=detection.severity,
        score=detection.score,
        place=event.place,
        ward=event.ward,
        drawn=event.drawn,
        authority=event.authority,
        legal_article=event.legal_article,
        model=detection.model,
        simulated=detection.simulated,
        plate=detection.plate.text if detection.plate else None,
        started_at=detection.started_at,
        ended_at=max(detection.at, detection.started_at),
        received_at=desk.now,
        due=due_in(State.WAITING, desk.now),
    )


def _grown(before: Violation, event: DetectionMade) -> Violation:
    """The case with one more detection. A judgment stands; what it is about only grows longer."""
    detection = event.detection
    severity = min(before.severity, detection.severity, key=lambda each: RANK[each])
    plate = detection.plate.text if detection.plate else None
    return before.model_copy(
        update={
            "detections": before.detections + 1,
            "severity": severity if before.state is State.WAITING else before.severity,
            "score": max(before.score, detection.score),
            "plate": before.plate or (None if before.erased_at else plate),
            "started_at": min(before.started_at, detection.started_at),
            "ended_at": max(before.ended_at, detection.at),
        }
    )


def join(desk: Desk, event: EvidenceCame) -> bool:
    """Add the evidence of a detection; whether it is new.

    Raises:
        CommitConflict: others kept changing the case; the event may come again.
    """
    return retrying(ATTEMPTS, lambda: _joined(desk, event))


def _joined(desk: Desk, event: EvidenceCame) -> bool:
    known = desk.store.kept(event.incident_id, event.detection_id)
    if known is None:
        early = Kept(detection_id=event.detection_id, evidence=event.evidence)
        desk.store.commit([Store.put_kept(event.incident_id, early, new=True)])
        return True
    if known.evidence:
        return False
    before = desk.violation(event.incident_id)
    kept = known.model_copy(update={"evidence": event.evidence})
    if before.erased_at is not None:
        _remove(desk, event.evidence)
        kept = known.model_copy(update={"erased": True})
        desk.store.commit([Store.put_kept(before.id, kept, new=False)])
        return False
    plate = event.plate.text if event.plate else None
    after = before.model_copy(
        update={"evidence": before.evidence + len(event.evidence), "plate": before.plate or plate}
    )
    files = [item.sha256 for item in event.evidence]
    entry = desk.entry(None, "evidence", detection=event.detection_id, files=files)
    after, operations = changes(before, after, entry)
    operations.append(Store.put_kept(after.id, kept, new=False))
    desk.store.commit(operations)
    return True


def _remove(desk: Desk, evidence: Sequence[EvidenceItem]) -> None:
    """Evidence that comes after its case was erased goes at once."""
    for item in evidence:
        desk.evidence.remove(item.key)
