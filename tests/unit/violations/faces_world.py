"""Both units of a face search together: the review's searches and the registry's cameras."""

import base64
import io
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from city.cameras import faces as registry_faces
from city.cameras import registry
from city.cameras.model import FacesBasis
from city.cameras.registry import CameraChange
from city.contracts.cameras import CameraConfig, FacesBasisRecorded
from city.contracts.violations import FaceListChanged
from city.contracts.watching import FaceList
from city.kernel.people import Principal
from city.violations import face_search, searches
from city.violations.face_models import Enrolled
from city.violations.search_models import Decision, NewSearch, SearchView
from PIL import Image
from violations_world import CHIEF, LAN, T0
from violations_world import World as Review

sys.path.insert(0, str(Path(__file__).parents[1] / "cameras"))
from cameras_world import World as Registry

ADMIN = Principal(user_id="admin", roles=frozenset({"citizen", "administrator"}), acr=2)
MODEL = "test-face@1"
VECTOR = tuple(round(float(x), 6) for x in np.random.default_rng(4).normal(size=128))


def photo(side: int = 240) -> str:
    """A picture with a place and a camera's name in it, in base64."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "A telling camera"
    Image.new("RGB", (side, side), "grey").save(out, "JPEG", exif=exif)
    return base64.b64encode(out.getvalue()).decode()


class Faces:
    """A camera, a search desk, one clock and a bus between them."""

    def __init__(self) -> None:
        self.review, self.registry = Review(), Registry()
        self.registry.enabled()
        self._heard = [0, 0]

    @property
    def now(self) -> datetime:
        return self.review.now

    def wait(self, **span: float) -> None:
        self.review.wait(**span)
        self.registry.wait(**span)

    def carry(self) -> None:
        """Bring every announcement to the other unit, twice."""
        for n, event in enumerate(self.registry.bus.events[self._heard[0] :]):
            self._heard[0] += 1
            if event.type == FacesBasisRecorded.event_type():
                for _ in range(1 + n % 2):
                    told = FacesBasisRecorded.model_validate(event.data)
                    face_search.take_basis(self.review.desk(), told)
        for event in self.review.bus.events[self._heard[1] :]:
            self._heard[1] += 1
            if event.type == FaceListChanged.event_type():
                for _ in range(2):
                    registry_faces.take_list(
                        self.registry.desk(), FaceListChanged.model_validate(event.data)
                    )

    def basis(self, days: float = 20, since: timedelta = timedelta()) -> None:
        told = FacesBasis(
            reference="QĐ 12/2026", issued_by="Viện kiểm sát", valid_from=self.now + since,
            valid_until=self.now + since + timedelta(days=days),
        )  # fmt: skip
        registry_faces.record(self.registry.desk(), told, ADMIN)
        self.carry()

    def flag(self, *, on: bool = True) -> None:
        registry.change(self.registry.desk(), "cam-1", CameraChange(faces=on))

    def asked(self, days: float = 10, who: Principal = LAN, **more: Any) -> SearchView:
        told: dict[str, Any] = {
            "kind": "face", "photo": photo(), "purpose": "criminal_inquiry",
            "warrant": "12/LTN-CSĐT", "issued_by": "Cơ quan điều tra", "since": self.now,
            "until": self.now + timedelta(days=days),
        }  # fmt: skip
        return searches.ask(self.review.desk(), NewSearch(**{**told, **more}), who)

    def decide(self, id_: str, who: Principal = CHIEF, *, release: bool = True) -> SearchView:
        return searches.decide(self.review.desk(), id_, Decision(release=release), who)

    def enrol(self, id_: str, **more: Any) -> None:
        told = Enrolled(**{"model": MODEL, "vector": VECTOR, **more})
        face_search.enrol(self.review.desk(), id_, told, "enroller")
        self.carry()

    def in_force(self, **more: Any) -> str:
        """A search that two people released and whose vector is there."""
        id_ = self.asked(**more).id
        self.decide(id_)
        self.enrol(id_)
        return id_

    def tend(self) -> None:
        searches.tend(self.review.desk())
        self.registry.tend()
        self.carry()

    def told(self) -> CameraConfig:
        """What a worker is told that takes the camera."""
        return self.registry.lease()

    def looked_for(self) -> list[str]:
        """The entries that a worker is told."""
        rules = [rule for rule in self.told().rules if isinstance(rule, FaceList)]
        return [each.entry for rule in rules for each in rule.wanted]


__all__ = ["ADMIN", "CHIEF", "LAN", "MODEL", "T0", "VECTOR", "Faces", "photo"]
