"""Rules of a camera: versions that are drafted, tried on a recording, live, retired.

A version never changes once it is made; another version replaces it.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, RootModel

from city.adapters.acts import did
from city.adapters.table import ABSENT, CommitConflict, Operation, Put, Row
from city.cameras import signals
from city.cameras.desk import Desk
from city.cameras.model import MOST_RULES, Camera, Job, RuleVersion, Watched
from city.cameras.refusals import Untested, WrongState
from city.cameras.store import Store, doc
from city.cameras.workers import WATCH_LIST, WATCH_NAME
from city.contracts.cameras import Assignment
from city.contracts.signals import head_name
from city.contracts.violations import (
    RecordingSearchReleased,
    ThresholdAccepted,
    WatchListChanged,
)
from city.contracts.watching import RedLight, Rule, StopLine, WatchList
from city.kernel.ids import derived_id
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, invalid

MOST_GROUPS = 255
RECORDING_BYTES = 500_000_000
FORM_S = 900
RecordingKey = Annotated[str, Field(pattern=r"^recordings/[a-z0-9-]{1,41}/[A-Za-z0-9._-]{1,80}$")]


class NewRule(RootModel[Rule]):
    """A rule; its version is given by the registry."""


class Trial(BaseModel, frozen=True, extra="forbid"):
    """The recording that a rule is tried on: what would it have caught?"""

    recording_key: RecordingKey
    recorded_from: AwareDatetime


class NewRecording(BaseModel, frozen=True, extra="forbid"):
    """A recording that is to be sent."""

    recorded_from: AwareDatetime


class RecordingForm(BaseModel, frozen=True, extra="forbid"):
    """Where and how the file (MP4, at most 500 MB) is sent, within a quarter of an hour."""

    recording_key: str
    recorded_from: datetime
    url: str
    fields: dict[str, str]


class Note(BaseModel, frozen=True):
    """Why."""

    note: str | None = Field(None, max_length=500)


def draft(desk: Desk, camera_id: str, rule: Rule, who: Principal) -> RuleVersion:
    """Write the next version of a rule.

    Raises:
        NotFound: no such camera.
        Invalid: watch lists are not drawn by hand; too many rules; an unknown signal.
        Conflict: somebody else wrote the same version.
    """
    camera = desk.camera(camera_id)
    if rule.kind in ("watch_list", "face_list"):
        raise invalid(
            "kind",
            "Danh sách cần tìm chỉ có qua lệnh tìm kiếm.",
            "Watch lists come from searches under warrant only.",
        )
    if len(camera.rules) >= MOST_RULES and camera.rule(rule.rule_id) is None:
        raise invalid("rule_id", f"Tối đa {MOST_RULES} quy tắc.", f"At most {MOST_RULES} rules.")
    if isinstance(rule, RedLight | StopLine) and rule.controller is not None:
        _signalled(desk, rule.controller)
    newest = desk.store.newest_rule(camera_id, rule.rule_id)
    if newest is not None and newest.rule.kind != rule.kind:
        raise invalid("kind", "Mã này là của loại khác.", "This id belongs to another kind.")
    number = newest.rule.version + 1 if newest else 1
    version = RuleVersion(
        camera_id=camera_id, rule=rule.model_copy(update={"version": number}),
        by=who.user_id, at=desk.now,
    )  # fmt: skip
    _commit(desk, [Store.put_rule(version, new=True), *_did(desk, version, "draft", who.user_id)])
    return version


def _signalled(desk: Desk, controller: str) -> None:
    id_, _, group = head_name(controller).partition("/")
    if not group.isdigit() or not 1 <= int(group) <= MOST_GROUPS:
        raise invalid(
            "controller", "Cần dạng <tủ đèn>/<nhóm đèn>.", "Needs <controller>/<signal group>."
        )
    if not signals.known(desk, id_):
        raise invalid("controller", "Chưa đăng ký tủ đèn này.", "No such controller is known.")


def found(desk: Desk, camera_id: str, rule_id: str, number: int) -> RuleVersion:
    """A version of a rule.

    Raises:
        NotFound: there is none.
    """
    version = desk.store.rule(camera_id, rule_id, number)
    if version is None:
        raise NotFound(what="quy tắc / rule")
    return version


def recording(desk: Desk, camera_id: str, new: NewRecording) -> RecordingForm:
    """A form with which a recording is sent into the private bucket.

    Raises:
        NotFound: no such camera.
    """
    camera = desk.camera(camera_id)
    key = f"recordings/{camera.id}/{desk.new_id(desk.now)}.mp4"
    form = desk.pictures.form(key, "video/mp4", RECORDING_BYTES, FORM_S)
    return RecordingForm(recording_key=key, recorded_from=new.recorded_from, **form)


def try_out(
    desk: Desk, camera_id: str, rule_id: str, number: int, trial: Trial, who: Principal
) -> Job:
    """Let a worker watch a recording by this rule alone. What it finds stays with the job.

    Raises:
        NotFound, Conflict: no such version, or it changed meanwhile.
        Invalid: the recording is another camera's, or of the future.
        WrongState: it is retired.
    """
    version = found(desk, camera_id, rule_id, number)
    if version.state == "retired":
        raise WrongState(state=version.state)
    if not trial.recording_key.startswith(f"recordings/{camera_id}/"):
        raise invalid("recording_key", "Đoạn ghi của camera khác.", "Another camera's recording.")
    if trial.recorded_from > desk.now + timedelta(minutes=5):
        raise invalid("recorded_from", "Ở tương lai.", "In the future.")
    job = Job(
        id=desk.new_id(desk.now), camera_id=camera_id, recording_key=trial.recording_key,
        # On the recording's own day the rule may not have begun yet: it is tried all the same.
        rules=(version.rule.model_copy(update={"valid_from": trial.recorded_from}),),
        recorded_from=trial.recorded_from, by=who.user_id, at=desk.now,
    )  # fmt: skip
    stored, write = Store.put_job(job, new=True)
    tried = version.model_copy(update={"job_id": job.id})
    listed = Put(Row(f"JOBS#{camera_id}", job.id, {}), ABSENT)
    acts = _did(desk, tried, "try", who.user_id)
    _commit(desk, [write, listed, Store.put_rule(tried), *acts])
    message = Assignment(
        kind="recording", camera_id=camera_id, job_id=job.id, recording_key=job.recording_key,
        recorded_from=job.recorded_from,
    )  # fmt: skip
    desk.assignments.send_all([message.model_dump(mode="json", exclude_none=True)])
    return stored


def publish(desk: Desk, camera_id: str, rule_id: str, number: int, who: Principal) -> RuleVersion:
    """Let a version go live in place of the one before; workers hear of it with their next report.

    Raises:
        NotFound, Conflict: no such version, or it changed meanwhile.
        WrongState: it is live or retired already.
        Untested: the job that tried it is not done.
    """
    version = found(desk, camera_id, rule_id, number)
    if version.state != "draft":
        raise WrongState(state=version.state)
    job = desk.store.job(version.job_id) if version.job_id else None
    if job is None or job.state != "done":
        raise Untested
    return _go_live(desk, desk.camera(camera_id), version, who.user_id)


def _go_live(
    desk: Desk, camera: Camera, version: RuleVersion, by: str, *, new: bool = False
) -> RuleVersion:
    rule = version.rule
    live = version.model_copy(
        update={"state": "live", "published_by": by, "published_at": desk.now}
    )
    operations: list[Operation] = [Store.put_rule(live, new=new)]
    operations += _retired(desk, camera, rule.rule_id, except_=rule.version)
    rules = (*(r for r in camera.rules if r.rule_id != rule.rule_id), rule)
    operations.append(_with_rules(camera, rules))
    operations += _did(desk, live, "publish", by)
    _commit(desk, operations)
    return live


def retire(
    desk: Desk, camera_id: str, rule_id: str, number: int, note: Note, who: Principal
) -> RuleVersion:
    """End a version, live or not.

    Raises:
        NotFound, Conflict: no such version, or it changed meanwhile.
        WrongState: it is retired already.
    """
    version = found(desk, camera_id, rule_id, number)
    if version.state == "retired":
        raise WrongState(state=version.state)
    camera = desk.camera(camera_id)
    ended = version.model_copy(update={"state": "retired", "note": note.note})
    operations: list[Operation] = [Store.put_rule(ended), *_did(desk, ended, "retire", who.user_id)]
    if version.state == "live":
        rules = tuple(r for r in camera.rules if r.rule_id != rule_id)
        operations.append(_with_rules(camera, rules))
    _commit(desk, operations)
    return ended


def _did(desk: Desk, version: RuleVersion, action: str, by: str) -> list[Put]:
    rule = version.rule
    about = f"{version.camera_id}/{rule.rule_id}/v{rule.version}"
    return did(desk.now, by, about, action, version.note or "")


def _with_rules(camera: Camera, rules: tuple[Any, ...]) -> Operation:
    ordered = tuple(sorted(rules, key=lambda rule: rule.rule_id))
    update = {"rules": ordered, "config_version": camera.config_version + 1}
    return Store.put_camera(camera.model_copy(update=update))[1]


def _retired(desk: Desk, camera: Camera, rule_id: str, *, except_: int) -> list[Operation]:
    """The version that is live now gives way."""
    live = camera.rule(rule_id)
    kept = desk.store.rule(camera.id, rule_id, live.version) if live else None
    if kept is None or kept.rule.version == except_:
        return []
    return [Store.put_rule(kept.model_copy(update={"state": "retired"}))]


def take_threshold(desk: Desk, event: ThresholdAccepted) -> RuleVersion | None:
    """Make the next version of a rule with the score that a person accepted; twice is once.

    Raises:
        Conflict: the camera changes right now; the event may come again.
    """
    camera = desk.store.camera(event.camera_id)
    live = camera.rule(event.rule_id) if camera else None
    if camera is None or live is None or live.version != event.from_version:
        return None  # another version is in force by now
    newest = desk.store.newest_rule(camera.id, event.rule_id)
    number = max(live.version, newest.rule.version if newest else 0) + 1
    rule = live.model_copy(update={"version": number, "min_score": event.min_score})
    version = RuleVersion(
        camera_id=camera.id, rule=rule, by=event.by, at=desk.now,
        note=f"proposal {event.proposal_id}",
    )  # fmt: skip
    return _go_live(desk, camera, version, event.by, new=True)


def take_watch_list(desk: Desk, event: WatchListChanged) -> bool:
    """Take the newest list of plates over; an older one changes nothing."""
    row = desk.store.table.get("WATCHED", "NOW")
    held = desk.store.watched()
    if event.version <= held.version:
        return False
    fresh = Watched(version=event.version, salt=event.salt, plate_hashes=event.plate_hashes)
    put = Put(Row("WATCHED", "NOW", doc(fresh), event.version), row.version if row else ABSENT)
    _commit(desk, [put])
    return True


def take_search(desk: Desk, event: RecordingSearchReleased) -> bool:
    """Let a worker look through a recording for plates; twice is once. It gets hashes only."""
    camera = desk.store.camera(event.camera_id)
    if camera is None or not event.recording_key.startswith(f"recordings/{event.camera_id}/"):
        return False
    looked_for = WatchList(
        rule_id=WATCH_LIST, name_vi=WATCH_NAME.vi, name_en=WATCH_NAME.en,
        valid_from=event.recorded_from, plate_hashes=event.plate_hashes, salt=event.salt,
    )  # fmt: skip
    job = Job(
        id=derived_id(event.at, "search", event.search_id), camera_id=camera.id,
        rules=(looked_for,), recording_key=event.recording_key,
        recorded_from=event.recorded_from, search_id=event.search_id, by=event.by, at=event.at,
    )  # fmt: skip
    message = Assignment(
        kind="search", camera_id=camera.id, job_id=job.id, recording_key=job.recording_key,
        recorded_from=job.recorded_from,
    )  # fmt: skip
    try:
        desk.store.commit([Store.put_job(job, new=True)[1]])
    except CommitConflict:
        held = desk.store.job(job.id)
        if held is None or held.state != "queued":
            return False
    # Whoever died before sending sends now; a second message ends at the job's own end.
    desk.assignments.send_all([message.model_dump(mode="json", exclude_none=True)])
    return True


def _commit(desk: Desk, operations: list[Operation]) -> None:
    try:
        desk.store.commit(operations)
    except CommitConflict as error:
        raise Conflict from error
