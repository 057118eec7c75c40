"""The evidence pack that an authority gets: PDF, stills, clip and a manifest in one ZIP.

The same case makes the same bytes: times inside are the case's own, so that the pack's hash in the
chain of custody can be checked against a pack that is made again.
"""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from city.kernel.clock import HUE
from city.kernel.people import Principal
from city.violations import custody
from city.violations.desk import Desk
from city.violations.model import Entry, State, Violation
from city.violations.paper import document
from city.violations.refusals import EvidenceChanged, EvidenceGone, WrongState

MOST_BYTES = 200_000_000
ADDRESS_S = 300
SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "video/mp4": "mp4"}
ZIP_EPOCH = 1980


@dataclass(frozen=True, slots=True)
class Made:
    """A pack: its bytes, their hash, and where it is kept."""

    data: bytes
    sha256: str
    key: str


class PackView(BaseModel, frozen=True):
    """Where a pack may be read for five minutes, and its hash."""

    url: str
    sha256: str
    size: int
    expires_at: datetime


def make(desk: Desk, violation: Violation) -> Made:
    """Put a pack together from the files whose hashes were signed.

    Raises:
        EvidenceGone: they were removed.
        EvidenceChanged: one is missing or altered.
        WrongState: the case was not handed over.
    """
    if violation.handed_at is None or violation.handed_to is None:
        raise WrongState(vi=violation.state.value, en=violation.state.value)
    if violation.erased_at is not None:
        raise EvidenceGone
    files: dict[str, bytes] = {}
    listed: list[dict[str, Any]] = []
    size = 0
    for number, (detection_id, item, _) in enumerate(custody.items_of(desk, violation.id), 1):
        data = _read(desk, item.key, item.sha256)
        size += len(data)
        if size > MOST_BYTES:
            raise EvidenceChanged(key=f"> {MOST_BYTES} bytes")
        suffix = SUFFIX.get(item.content_type, "bin")
        name = f"evidence/{number:02}-{item.role}.{suffix}"
        files[name] = data
        told = item.model_dump(mode="json", exclude={"key"})
        listed.append({"file": name, "detection_id": detection_id, **told})
    chain = _until_handed(desk, violation)
    manifest = _manifest(violation, listed, chain)
    stills = [files[f["file"]] for f in listed if f["content_type"].startswith("image/")][:4]
    agency = desk.agency(violation.handed_to)
    files["report.pdf"] = document(violation, agency, listed, chain, stills)
    files["manifest.json"] = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    files["SHA256SUMS"] = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())
    ).encode()
    data = zipped(files, violation.handed_at)
    sha256 = hashlib.sha256(data).hexdigest()
    return Made(data=data, sha256=sha256, key=f"packs/{violation.id}/{sha256}.zip")


def _read(desk: Desk, key: str, sha256: str) -> bytes:
    try:
        data = desk.evidence.read(key)
    except LookupError as error:
        raise EvidenceChanged(key=key.rsplit("/", 1)[-1]) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise EvidenceChanged(key=key.rsplit("/", 1)[-1])
    return data


def _until_handed(desk: Desk, violation: Violation) -> list[Entry]:
    """The chain up to the step that handed the case over."""
    entries = custody.whole(desk, f"V#{violation.id}")
    last = max((e.seq for e in entries if e.action == "transferred"), default=len(entries))
    return [entry for entry in entries if entry.seq <= last]


def _manifest(
    violation: Violation, files: list[dict[str, Any]], chain: list[Entry]
) -> dict[str, Any]:
    about = violation.model_dump(
        mode="json",
        include={
            "id", "code", "camera_id", "camera_name", "rule_id", "rule_version", "rule_name",
            "kind", "severity", "score", "place", "ward", "legal_article", "model", "simulated",
            "plate", "started_at", "ended_at", "received_at", "detections", "judged_by",
            "judged_at", "note", "handed_to", "handed_at",
        },
    )  # fmt: skip
    return {
        "format": "hue-s-evidence-pack/1",
        "case": {"code": violation.code, **about},
        "says": "A machine saw it, a person confirmed it. It is no decision and no fine.",
        "files": files,
        "chain_of_custody": [entry.model_dump(mode="json") for entry in chain],
    }


def zipped(files: dict[str, bytes], at: datetime) -> bytes:
    """Files as a ZIP whose bytes depend on nothing else. Pictures and clips are packed already."""
    local = at.astimezone(HUE)
    stamp = (max(local.year, ZIP_EPOCH), local.month, local.day, local.hour, local.minute, 0)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, stamp)
            plain = name.startswith("evidence/")
            info.compress_type = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, files[name])
    return out.getvalue()


def keep(desk: Desk, id_: str) -> Made:
    """Make a case's pack and keep it; the chain says with which hash. Twice is the same pack.

    Raises:
        NotFound, EvidenceGone, EvidenceChanged, WrongState: why there can be none.
    """
    violation = desk.violation(id_)
    made = make(desk, violation)
    desk.packs.write(made.key, made.data)
    entries = custody.whole(desk, f"V#{id_}")
    if not any(e.action == "pack_made" and e.data.get("sha256") == made.sha256 for e in entries):
        custody.noted(desk, id_, None, "pack_made", sha256=made.sha256, size=len(made.data))
    return made


def give(desk: Desk, id_: str, who: Principal) -> PackView:
    """The address of a case's pack, once it is written down who gets it.

    Raises:
        NotFound, Forbidden: no such case, or not for this person.
        EvidenceGone, EvidenceChanged, WrongState: there can be none.
    """
    violation = desk.violation(id_)
    desk.require(who, "violations:evidence_pack", violation)
    if violation.state not in (State.TRANSFERRED, State.CLOSED):
        raise WrongState(vi=violation.state.value, en=violation.state.value)
    made = keep(desk, id_)  # what is in the bucket is gone after a week; it is the same again
    custody.noted(desk, id_, who, "pack_read", sha256=made.sha256)
    return PackView(
        url=desk.packs.address(made.key, ADDRESS_S), sha256=made.sha256, size=len(made.data),
        expires_at=desk.now + timedelta(seconds=ADDRESS_S),
    )  # fmt: skip
