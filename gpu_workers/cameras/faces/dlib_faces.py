"""dlib's face detector, five points and 128 numbers: an extra that the operator installs.

`pip install -r requirements/faces.txt`. The weights are the author's (Davis King, public domain);
the two files are compared with the card before dlib reads them. The 68-point model that the same
package holds is for non-commercial use: it is never opened.
"""

import hashlib
import importlib.util
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from gpu_workers.cameras.inference.session import BadModel
from gpu_workers.cameras.seen import Picture

from .card import FaceCard, parsed
from .search import Face, vector_of

CARD = Path(__file__).with_name("dlib-resnet.json")
NET, POINTS = "dlib_face_recognition_resnet_model_v1.dat", "shape_predictor_5_face_landmarks.dat"
SMALL = 400  # below this the picture is doubled: the detector's faces are 80 pixels wide
SURE = 0.2  # dlib's own is 0, at which folds of a sleeve were faces in our few pictures
Corners = tuple[int, int, int, int]


class Spot(NamedTuple):
    """A face as it was found: corners, dlib's own rectangle, the two eyes from left to right."""

    corners: Corners
    points: Any
    eyes: tuple[tuple[float, float], tuple[float, float]]


def shipped_card() -> FaceCard:
    """The card that comes with the project; the files do not."""
    return parsed(CARD.read_bytes())


def folder() -> Path:
    """Where the weights are: FACES_FOLDER, or the package of `requirements/faces.txt`.

    Raises:
        BadModel: nowhere.
    """
    if told := os.environ.get("FACES_FOLDER"):
        return Path(told)
    found = importlib.util.find_spec("face_recognition_models")  # its import needs pkg_resources
    if found is None or not found.submodule_search_locations:
        raise BadModel("no face weights here: pip install -r requirements/faces.txt")
    return Path(found.submodule_search_locations[0]) / "models"


def checked(card: FaceCard, name: str) -> str:
    """The path of a file that is the card's.

    Raises:
        BadModel: it is missing, not on the card, or another file.
    """
    path = folder() / name
    if name not in card.files or not path.is_file():
        raise BadModel(f"{card.full_name}: {name} is missing")
    if hashlib.sha256(path.read_bytes()).hexdigest() != card.files[name]:
        raise BadModel(f"{card.full_name}: {name} is not the card's file")
    return str(path)


class DlibFinder:
    """Finds faces and their eyes. One at a time: dlib's detector keeps its pyramid."""

    def __init__(self, card: FaceCard) -> None:
        """Raises:
        BadModel: dlib or its five points are not installed.
        """
        try:
            import dlib
        except ImportError:
            raise BadModel("dlib is not here: pip install -r requirements/faces.txt") from None
        self.dlib: Any = dlib
        self._detector = dlib.get_frontal_face_detector()
        self._points = dlib.shape_predictor(checked(card, POINTS))
        self._turn = threading.Lock()

    def find(self, picture: Picture, least_px: int) -> list[Spot]:
        """The faces of a picture (blue, green, red) that are wide enough."""
        rgb = np.ascontiguousarray(picture[:, :, ::-1])
        with self._turn:
            seen, _, _ = self._detector.run(rgb, int(max(rgb.shape[:2]) < SMALL), SURE)
        return [self._spot(rgb, each) for each in seen if each.width() >= least_px]

    def _spot(self, rgb: Picture, seen: Any) -> Spot:
        points = self._points(rgb, seen)
        at = [(float(points.part(n).x), float(points.part(n).y)) for n in range(4)]
        middles = [((at[n][0] + at[n + 1][0]) / 2, (at[n][1] + at[n + 1][1]) / 2) for n in (0, 2)]
        left, right = sorted(middles)
        corners = (seen.left(), seen.top(), seen.right(), seen.bottom())
        return Spot(corners, points, (left, right))


class DlibEmbedder:
    """dlib's residual network on the aligned face. See `FaceEmbedder`."""

    def __init__(self, card: FaceCard) -> None:
        """Raises:
        BadModel: the extra is not installed, or its files are not the card's.
        """
        self.card = card
        self._finder = DlibFinder(card)
        self._net = self._finder.dlib.face_recognition_model_v1(checked(card, NET))
        self._turn = threading.Lock()

    def embed(self, picture: Picture) -> Sequence[Face]:
        """See `FaceEmbedder`."""
        spots = self._finder.find(picture, self.card.least_px)
        rgb = np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        with self._turn:
            made = [self._net.compute_face_descriptor(rgb, spot.points) for spot in spots]
        return [
            Face(spot.corners, vector_of(list(each)))
            for spot, each in zip(spots, made, strict=True)
        ]
