"""What the use cases lean on, at one moment."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from city.adapters.outbox import Outbox
from city.cameras.model import Camera
from city.cameras.store import Store
from city.kernel.ids import NewId
from city.kernel.problems import NotFound
from city.kernel.reference import Reference

SEALED_FOR = "camera-source"


class Line(Protocol):
    """A queue: send, and about how many messages wait to be seen."""

    def send_all(self, bodies: Sequence[dict[str, Any]], delay_s: int = 0) -> None:
        """Send messages."""

    def waiting(self) -> int:
        """About how many may be received now."""


class Pictures(Protocol):
    """The private bucket of evidence and models: addresses that soon expire, and forgetting."""

    def read(self, key: str) -> bytes:
        """An object. Raises LookupError when there is none."""

    def keys(self, prefix: str, after: str | None = None) -> Iterable[str]:
        """The keys that begin so, in order, behind `after`."""

    def address(self, key: str, seconds: int) -> str:
        """An address at which an object may be read."""

    def remove(self, key: str) -> None:
        """Forget an object; fine when it is gone."""

    def form(self, key: str, content_type: str, most: int, seconds: int) -> dict[str, Any]:
        """A form with which one object may be sent."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The table, the ways out, the clock, the city's secret.

    `city` are outlines and calendar, read only by what needs them: they are large.
    """

    store: Store
    outbox: Outbox
    assignments: Line
    readings: Line
    pictures: Pictures
    secret: str
    now: datetime
    new_id: NewId
    city: Callable[[], Reference]

    def camera(self, camera_id: str) -> Camera:
        """A camera.

        Raises:
            NotFound: there is none of this id.
        """
        found = self.store.camera(camera_id)
        if found is None:
            raise NotFound(what="camera")
        return found
