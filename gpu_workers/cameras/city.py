"""The city, as a worker talks to it: HTTP with the fleet's key."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from city.contracts.cameras import CameraConfig, HealthReport, Orders, TakeOver
from city.contracts.signals import SignalHeads
from pydantic import ValidationError

TIMEOUT_S = 10.0
MOST_BYTES = 2_000_000
OVER = {"camera-disabled", "camera-generation", "camera-job-over"}

_Answer = TypeVar("_Answer", CameraConfig, Orders, SignalHeads)


class Unreachable(Exception):
    """The city did not answer sensibly; ask again."""


class Over(Exception):
    """The camera is disabled, the job done or the message's generation old: it may die."""


class Unknown(Exception):
    """No such camera, or no such address: the message must not die of a wrong setting."""


class Superseded(Exception):
    """Another holds the camera by now."""


class City(Protocol):
    """What the camera registry answers."""

    def take_over(self, camera_id: str, ask: TakeOver) -> CameraConfig:
        """The camera's configuration under the next epoch, or the same when `held_epoch` is it.

        Raises:
            Over, Superseded, Unknown, Unreachable.
        """
        ...

    def report(self, told: HealthReport) -> Orders:
        """Say how it goes.

        Raises:
            Unreachable.
        """
        ...

    def signals(self, heads: Sequence[str]) -> SignalHeads:
        """What signal heads showed lately.

        Raises:
            Unreachable.
        """
        ...


@dataclass(frozen=True, slots=True)
class HttpCity:
    """The city over HTTP."""

    address: str
    key: str
    timeout_s: float = TIMEOUT_S

    def take_over(self, camera_id: str, ask: TakeOver) -> CameraConfig:
        """See `City`."""
        path = f"/v1/camera-workers/cameras/{quote(camera_id, safe='')}/lease"
        status, body = self._post(path, ask.model_dump_json())
        if status == HTTPStatus.OK:
            return _parsed(CameraConfig, body)
        if status == HTTPStatus.CONFLICT and ask.held_epoch is not None:
            raise Superseded
        if _slug(body) in OVER:
            raise Over(_slug(body))
        if status == HTTPStatus.NOT_FOUND:
            raise Unknown(camera_id)
        raise Unreachable(f"HTTP {status}")

    def report(self, told: HealthReport) -> Orders:
        """See `City`."""
        path = f"/v1/camera-workers/{quote(told.worker, safe='')}/health"
        status, body = self._post(path, told.model_dump_json())
        if status == HTTPStatus.OK:
            return _parsed(Orders, body)
        raise Unreachable(f"HTTP {status}")

    def signals(self, heads: Sequence[str]) -> SignalHeads:
        """See `City`."""
        asked = quote(",".join(heads), safe=",/")
        status, body = self._ask(f"/v1/camera-workers/signals?heads={asked}", None)
        if status == HTTPStatus.OK:
            return _parsed(SignalHeads, body)
        raise Unreachable(f"HTTP {status}")

    def _post(self, path: str, body: str) -> tuple[int, bytes]:
        return self._ask(path, body.encode())

    def _ask(self, path: str, body: bytes | None) -> tuple[int, bytes]:
        request = Request(  # noqa: S310 - the city's own address, configured
            self.address.rstrip("/") + path,
            data=body,
            headers={"Content-Type": "application/json", "X-API-Key": self.key},
        )
        try:
            with urlopen(request, timeout=self.timeout_s) as answer:  # noqa: S310 - as above
                return answer.status, answer.read(MOST_BYTES)
        except HTTPError as error:
            with error:
                return error.code, error.read(MOST_BYTES)
        except (URLError, OSError) as fault:
            raise Unreachable(type(fault).__name__) from None


def _slug(body: bytes) -> str:
    """The last word of a problem's type (RFC 9457); empty for anything else."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    return str(told.get("type", "")).rsplit(":", 1)[-1] if isinstance(told, dict) else ""


def _parsed(model: type[_Answer], body: bytes) -> _Answer:
    try:
        return model.model_validate_json(body)
    except ValidationError as fault:
        raise Unreachable(f"not a {model.__name__}: {fault.error_count()} faults") from None
