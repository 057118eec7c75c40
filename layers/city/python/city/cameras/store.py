"""The rows of the table `cameras`.

| row | pk | sk | holds |
|---|---|---|---|
| camera | `CAMERAS` | `<camera>` | the camera with its rules in force |
| lease | `LEASES` | `<camera>` | who holds it; the row's version is the epoch |
| health | `HEALTH` | `<camera>` | the last word about it |
| sent | `SENT` | `<camera>` | when its message was last put into the queue |
| silence | `SILENT` | `<camera>` | that its silence was told |
| rule | `RULE#<camera>` | `<rule>#<version>` | every version of a rule |
| job | `JOB#<job>` | `META`, `D#<detection>` | a recording and what was seen in it; 30 days |
| jobs | `JOBS#<camera>` | `<job>` | for lists; an id begins with its time |
| seen | `SEEN#<detection>` | `NOW` | that a detection came, to which incident; 40 days |
| refused | `REFUSED#<detection>` | `<epoch>` | that one was refused; 7 days |
| orphans | `ORPHANS` | `<at>#<detection>` | files of refused detections; a day |
| recent | `RECENT#<camera or kind>` | `<rule or cell>` | incidents that may go on; a day |
| counts | `COUNTS#<yyyymmdd>` | `<camera>` | detections of a day in Huế; 400 days |
| look | `LOOKS#<yyyymm>` | `<at>#<id>` | who looked at pictures; two years |
| worker | `WORKERS` | `<worker>` | its last report; a day |
| watched | `WATCHED` | `NOW` | hashes of plates that are looked for |
| faces | `FACES` | `BASIS`, `LIST` | the legal basis, if any; the faces looked for, sealed |
| key | `GATEWAY#<fleet>` | `KEY` | keyed hashes of a fleet's keys |
| signal | `SIGNALS` | `<controller>` | a traffic signal controller |
| phases | `PHASES#<controller>` | `NOW` | what its heads showed in two minutes |
| acts | `BY#<account>` | | what somebody did: see `city.adapters.acts` |
| its key | `SIGNALKEY#<gateway>` | `KEY` | keyed hashes of the keys of controllers' gateways |
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

from city.adapters.acts import did
from city.adapters.table import (
    ABSENT,
    Add,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.cameras.incidents import Recent
from city.cameras.model import Camera, FacesBasis, Heard, Job, Lease, RuleVersion, Watched
from city.kernel.clock import local_date, stamp

M = TypeVar("M", bound=BaseModel)
BOUND = 3_000
DAY = timedelta(days=1)


def doc(model: BaseModel) -> dict[str, Any]:
    """A model as a row's document."""
    return model.model_dump(mode="json")


def until(now: datetime, span: timedelta) -> int:
    """The epoch second after which a row may go."""
    return int((now + span).timestamp())


class Store:
    """The unit's table, by what its rows mean."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def _one(self, model: type[M], pk: str, sk: str) -> M | None:
        row = self.table.get(pk, sk)
        return model.model_validate(row.doc) if row else None

    def camera(self, camera_id: str) -> Camera | None:
        """A camera."""
        return self._one(Camera, "CAMERAS", camera_id)

    def cameras(self, ids: Iterable[str] | None = None) -> dict[str, Camera]:
        """Cameras by id; all of them if none are named."""
        return self._many(Camera, "CAMERAS", ids)

    def leases(self, ids: Iterable[str] | None = None) -> dict[str, Lease]:
        """Leases by camera."""
        return self._many(Lease, "LEASES", ids)

    def heard(self, ids: Iterable[str] | None = None) -> dict[str, Heard]:
        """Last words by camera."""
        return self._many(Heard, "HEALTH", ids)

    def _many(self, model: type[M], pk: str, ids: Iterable[str] | None) -> dict[str, M]:
        if ids is None:
            rows = everything(self.table, pk, bound=BOUND)
        else:
            rows = list(self.table.get_many([(pk, each) for each in dict.fromkeys(ids)]).values())
        return {row.sk: model.model_validate(row.doc) for row in rows}

    @staticmethod
    def put_camera(camera: Camera, *, new: bool = False) -> tuple[Camera, Put]:
        """A changed camera and its write, if nobody changed it since it was read."""
        if new:
            return camera, Put(Row("CAMERAS", camera.id, doc(camera), camera.version), ABSENT)
        stored = camera.model_copy(update={"version": camera.version + 1})
        row = Row("CAMERAS", camera.id, doc(stored), stored.version)
        return stored, Put(row, camera.version)

    @staticmethod
    def put_lease(lease: Lease) -> Put:
        """A raised lease: only one of two who raise it together gets it."""
        row = Row("LEASES", lease.camera_id, doc(lease), lease.epoch)
        return Put(row, lease.epoch - 1 if lease.epoch > 1 else ABSENT)

    def times(self, pk: str) -> dict[str, datetime]:
        """Moments by camera of `SENT` or `SILENT`."""
        rows = everything(self.table, pk, bound=BOUND)
        return {row.sk: datetime.fromisoformat(row.doc["at"]) for row in rows}

    def mark_sent(self, ids: Sequence[str], now: datetime) -> None:
        """Remember that messages were put into the queue."""
        for first in range(0, len(ids), 50):
            rows = (Row("SENT", each, {"at": stamp(now)}) for each in ids[first : first + 50])
            self.table.commit(*(Put(row) for row in rows))

    def rule(self, camera_id: str, rule_id: str, number: int) -> RuleVersion | None:
        """A version of a rule."""
        return self._one(RuleVersion, f"RULE#{camera_id}", f"{rule_id}#{number:06}")

    def rules(
        self, camera_id: str, after: str | None, limit: int
    ) -> tuple[list[RuleVersion], str | None]:
        """Versions of a camera's rules."""
        rows, more = self.table.query(f"RULE#{camera_id}", after=after, limit=limit)
        return [RuleVersion.model_validate(row.doc) for row in rows], more

    def newest_rule(self, camera_id: str, rule_id: str) -> RuleVersion | None:
        """The newest version of a rule."""
        rows, _ = self.table.query(f"RULE#{camera_id}", prefix=f"{rule_id}#", limit=1, reverse=True)
        return RuleVersion.model_validate(rows[0].doc) if rows else None

    @staticmethod
    def put_rule(version: RuleVersion, *, new: bool = False) -> Put:
        """A version of a rule, if nobody changed it since it was read."""
        stored = version if new else version.model_copy(update={"version": version.version + 1})
        sk = f"{stored.rule.rule_id}#{stored.rule.version:06}"
        row = Row(f"RULE#{stored.camera_id}", sk, doc(stored), stored.version)
        return Put(row, ABSENT if new else version.version)

    def job(self, job_id: str) -> Job | None:
        """A job."""
        return self._one(Job, f"JOB#{job_id}", "META")

    @staticmethod
    def put_job(job: Job, *, new: bool = False) -> tuple[Job, Put]:
        """A changed job and its write."""
        stored = job if new else job.model_copy(update={"version": job.version + 1})
        ttl = until(job.at, 30 * DAY)
        row = Row(f"JOB#{job.id}", "META", doc(stored), stored.version, ttl=ttl)
        return stored, Put(row, ABSENT if new else job.version)

    def jobs(self, camera_id: str, limit: int) -> list[Job]:
        """A camera's newest jobs."""
        rows, _ = self.table.query(f"JOBS#{camera_id}", limit=limit, reverse=True)
        found = self.table.get_many([(f"JOB#{row.sk}", "META") for row in rows])
        jobs = [Job.model_validate(row.doc) for row in found.values()]
        return sorted(jobs, key=lambda job: job.id, reverse=True)

    def recent(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[Recent, int]]:
        """Incidents that may go on, with their rows' versions."""
        rows = self.table.get_many(list(keys))
        return {k: (Recent.model_validate(row.doc), row.version) for k, row in rows.items()}

    @staticmethod
    def put_recent(key: tuple[str, str], recent: Recent, version: int, now: datetime) -> Put:
        """Incidents, if nobody changed them since they were read (0: there were none)."""
        row = Row(*key, doc(recent), version + 1, ttl=until(now, DAY))
        return Put(row, version or ABSENT)

    @staticmethod
    def count(camera_id: str, now: datetime, **numbers: int) -> Add:
        """Add to a camera's counts of a day."""
        pk = f"COUNTS#{local_date(now):%Y%m%d}"
        return Add(pk, camera_id, numbers, ttl=until(now, 400 * DAY))

    def counts(self, now: datetime) -> dict[str, dict[str, int]]:
        """Today's counts by camera."""
        rows = everything(self.table, f"COUNTS#{local_date(now):%Y%m%d}", bound=BOUND)
        return {row.sk: dict(row.counters) for row in rows}

    def watched(self) -> Watched:
        """The plates that are looked for."""
        return self._one(Watched, "WATCHED", "NOW") or Watched()

    def faces_basis(self) -> FacesBasis | None:
        """The legal basis of searching faces."""
        return self._one(FacesBasis, "FACES", "BASIS")

    def look(self, now: datetime, look_id: str, what: dict[str, Any]) -> None:
        """Remember who looked at which pictures."""
        ttl = until(now, 731 * DAY)
        row = Row(f"LOOKS#{now:%Y%m}", f"{stamp(now)}#{look_id}", what, ttl=ttl)
        act = did(now, what["by"], look_id, f"look {what['what']}", ttl=ttl)
        self.table.commit(Put(row), *act)

    def looks(self, month: str, after: str | None, limit: int) -> tuple[list[Row], str | None]:
        """Who looked in a month, newest first."""
        return self.table.query(f"LOOKS#{month}", after=after, limit=limit, reverse=True)

    def commit(self, operations: Sequence[Operation]) -> None:
        """See `Table.commit`."""
        self.table.commit(*operations)
