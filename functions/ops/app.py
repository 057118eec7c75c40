"""What wakes `ops`: whoever looks after the city, and its monitors."""

import functools
from pathlib import Path
from typing import Any

import city
from city.adapters.client import client
from city.adapters.http import Reply, Unit
from city.adapters.settings import settings
from city.adapters.stores import table
from city.ops.service import QueueState, queues, redrive
from pydantic import BaseModel

app = Unit("ops")
HERE = Path(__file__).parent


class Health(BaseModel):
    """Whether the city can work. `parts` names each part and its state."""

    status: str
    version: str
    stage: str
    parts: dict[str, str]


class Operations(BaseModel):
    """Queues, dead letters, version; `sandbox` says that this is nobody's production."""

    version: str
    stage: str
    sandbox: bool
    queues: list[QueueState]


class Redriven(BaseModel):
    """How many dead letters were sent round again."""

    moved: int


@functools.cache
def sqs() -> Any:
    """The SQS client."""
    return client("sqs")


@app.get("/healthz", shape=Health)
def health() -> Reply:
    """Is the city up, and which part is not."""
    parts: dict[str, str] = {}
    try:
        held = table("directory").get("REFERENCE", "CURRENT")
        parts["tables"] = "ok"
        parts["reference_data"] = "ok" if held else "missing"
    except Exception as error:  # noqa: BLE001 - the answer to "are you well" is never a crash
        parts["tables"] = f"failing: {type(error).__name__}"
    try:
        stuck = sum(q.dlq.visible for q in queues(sqs(), settings().table_prefix) if q.dlq)
        parts["queues"] = "ok"
        parts["dead_letters"] = "none" if not stuck else str(stuck)
    except Exception as error:  # noqa: BLE001 - as above
        parts["queues"] = f"failing: {type(error).__name__}"
    well = all(not state.startswith(("failing", "missing")) for state in parts.values())
    body = Health(
        status="ok" if well else "failing",
        version=city.__version__,
        stage=settings().stage,
        parts=parts,
    )
    return Reply(body, 200 if well else 503, {"Cache-Control": "no-store"})


@app.get("/openapi.json")
def openapi() -> Reply:
    """This document."""
    return Reply((HERE / "openapi.json").read_text(encoding="utf-8"))


@app.get("/docs", media_types=("text/html",))
def docs() -> Reply:
    """The API as a page to read."""
    page = (HERE / "api.html").read_text(encoding="utf-8")
    return Reply(page, media_type="text/html; charset=utf-8")


@app.get("/v1/ops/status")
def status() -> Operations:
    """Depths of queues and dead letters; counts only, so it is open to all."""
    return Operations(
        version=city.__version__,
        stage=settings().stage,
        sandbox=settings().sandbox,
        queues=queues(sqs(), settings().table_prefix),
    )


@app.post("/v1/ops/queues/{name}/redrive")
def send_again(name: str) -> Redriven:
    """Send a queue's dead letters round again."""
    return Redriven(moved=redrive(sqs(), settings().table_prefix, name))
