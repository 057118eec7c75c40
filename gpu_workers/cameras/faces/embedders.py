"""The face models of this worker, each loaded once, and the eye that a face list gets."""

import hashlib
import logging
import threading
from collections.abc import Sequence

from city.contracts.watching import FaceList
from city.kernel.clock import Clock, utc_now

from gpu_workers.cameras.inference.session import BadModel
from gpu_workers.cameras.registry import Models

from .card import FaceCard, parsed
from .dlib_faces import DlibEmbedder, DlibFinder, shipped_card
from .looker import FaceListLooker
from .onnx_faces import OnnxEmbedder
from .search import FaceEmbedder

log = logging.getLogger(__name__)
MODEL_FILE = "model.onnx"


class Embedders:
    """Models by name@version: dlib's with the project's card, others from the registry."""

    def __init__(self, places: Sequence[Models] = ()) -> None:
        self._places = places
        self._known: dict[str, FaceEmbedder] = {}
        self._loading = threading.Lock()
        self.turn = threading.Lock()  # one face at a time: the detectors of all cameras go first

    def get(self, model: str) -> FaceEmbedder:
        """A model, ready.

        Raises:
            BadModel: it is nowhere, not what its card says, or its extra is not installed.
        """
        with self._loading:
            if model not in self._known:
                self._known[model] = self._loaded(model)
            return self._known[model]

    def _loaded(self, model: str) -> FaceEmbedder:
        shipped = shipped_card()
        if model == shipped.full_name:
            return DlibEmbedder(shipped)
        card, data = read(model, self._places)
        return OnnxEmbedder(card, data, DlibFinder(shipped))

    def looker(self, rule: FaceList, clock: Clock = utc_now) -> FaceListLooker:
        """The eye of a list. What no model here can compare is left out, and the log says so."""
        ready: dict[str, FaceEmbedder] = {}
        for model in {each.model for each in rule.wanted}:
            try:
                ready[model] = self.get(model)
            except BadModel as fault:
                log.warning("faces are not searched for with %s: %s", model, fault)
        return FaceListLooker(rule, ready, turn=self.turn, clock=clock)


def read(model: str, places: Sequence[Models]) -> tuple[FaceCard, bytes]:
    """Card and graph of `name@version` from the first place that has it, compared.

    Raises:
        BadModel: it is nowhere, its card is bad, or the file is not the card's.
    """
    name, _, version = model.partition("@")
    for place in places:
        written = place.get(name, version, "card.json")
        if written is None:
            continue
        card = parsed(written)
        data = place.get(name, version, MODEL_FILE)
        if card.full_name != model or card.kind != "onnx" or data is None:
            raise BadModel(f"{model}: its card is another's, or it has no {MODEL_FILE}")
        if hashlib.sha256(data).hexdigest() != card.files.get(MODEL_FILE):
            raise BadModel(f"{model}: {MODEL_FILE} is not the card's file")
        return card, data
    raise BadModel(f"{model} is not in the registry")
