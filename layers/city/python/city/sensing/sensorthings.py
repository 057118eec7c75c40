"""OGC SensorThings 1.1 Observations as a face of the same door. Pure.

A Datastream's `@iot.id` is our stream. The `dataArray` extension is what loggers send in bulk.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from city.kernel.problems import invalid
from city.sensing.intake import MOST, Batch, ItemResult


class Reference(BaseModel):
    """A link to an entity by its id."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    id: str = Field(alias="@iot.id", max_length=120)


class Observation(BaseModel):
    """One Observation, as in `POST Observations`."""

    model_config = ConfigDict(frozen=True)

    phenomenonTime: str  # noqa: N815 - the standard's own spelling
    result: float
    Datastream: Reference


class DataArray(BaseModel):
    """Observations of one Datastream, as in `POST CreateObservations`."""

    model_config = ConfigDict(frozen=True)

    Datastream: Reference
    components: list[Literal["phenomenonTime", "result", "resultTime"]]
    dataArray: list[list[Any]] = Field(max_length=MOST)  # noqa: N815


def single(gateway: str, given: Observation) -> Batch:
    """One Observation as a batch."""
    item = {"stream": given.Datastream.id, "t": _start(given.phenomenonTime), "v": given.result}
    return Batch(gateway=gateway, items=[item])


def many(gateway: str, given: list[DataArray]) -> Batch:
    """Data arrays as a batch. A row of another length than `components` becomes a bad item.

    Raises:
        Invalid: no rows, or more than a batch may have.
    """
    items: list[Any] = []
    for group in given:
        for row in group.dataArray:
            named = dict(zip(group.components, row, strict=False))
            whole = len(row) == len(group.components)
            items.append(
                {
                    "stream": group.Datastream.id,
                    "t": _start(named.get("phenomenonTime")),
                    "v": named.get("result"),
                }
                if whole
                else None
            )
    if not 1 <= len(items) <= MOST:
        raise invalid("dataArray", f"Từ 1 đến {MOST} hàng.", f"From 1 to {MOST} rows.")
    return Batch(gateway=gateway, items=items)


def answers(results: list[ItemResult]) -> list[str]:
    """What CreateObservations answers: for each row a link or the word error."""
    return [
        "error" if r.result == "rejected" else f"v1/sensorthings/Observations({r.index})"
        for r in results
    ]


def _start(time: Any) -> Any:
    """An interval `start/end` counts at its end, as loggers mean it."""
    return time.rpartition("/")[2] if isinstance(time, str) else time
