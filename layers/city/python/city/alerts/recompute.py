"""A rule's draft made again from what it rests on: the same facts must make the same words."""

from pydantic import BaseModel

from city.alerts.desk import Desk
from city.alerts.detections import written_detection
from city.alerts.episodes import written_episode
from city.alerts.fields import Detection
from city.alerts.model import Alert
from city.alerts.nearby import Cluster, written_cluster
from city.alerts.written import Written
from city.contracts.sensing import EpisodeChanged
from city.kernel.problems import Invalid


class Recomputed(BaseModel, frozen=True):
    """Whether the same facts make the same draft again, and what differs."""

    same: bool
    differing: tuple[str, ...] = ()
    reason: str | None = None


def recompute(desk: Desk, warning: Alert) -> Recomputed:
    """Make the draft again from what it rests on, with the documents' rows of that time."""
    rests = warning.provenance
    try:
        made = _again(desk, warning)
    except Invalid as error:
        return Recomputed(same=False, reason=str(error))
    if made is None:
        return Recomputed(same=False, reason=f"no rule wrote it: {rests.origin}")
    before, after = warning.drafted.model_dump(), made.content.model_dump()
    differing = tuple(name for name in before if before[name] != after[name])
    return Recomputed(same=not differing, differing=differing)


def _again(desk: Desk, warning: Alert) -> Written | None:
    rests = warning.provenance
    row = desk.book.mapping_of_version(rests.mapping or "", rests.mapping_version or 0)
    kind = desk.book.kind_of_version(warning.drafted.kind, rests.kind_version)
    if row is None or kind is None:
        return None
    if rests.origin == "sensing":
        event = EpisodeChanged.model_validate(rests.source)
        return written_episode(event, desk.book, desk.city, kind, row)
    if rests.origin == "detection":
        return written_detection(Detection.model_validate(rests.source), desk.book, desk.city)
    if rests.origin == "reports":
        cluster = Cluster.model_validate(rests.source)
        return written_cluster(cluster, desk.book, desk.city, kind, row)
    return None
