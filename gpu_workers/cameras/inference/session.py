"""A model of the registry as a `Detector`: session, thresholds, words."""

import threading
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import onnxruntime as ort
from city.contracts.cameras import Box, ModelCard
from city.contracts.watching import Label

from gpu_workers.cameras.inference.layouts import Candidates, WrongLayout, layout_of
from gpu_workers.cameras.inference.letterbox import Fit, Fitted, fit
from gpu_workers.cameras.seen import Picture

ORDER = (
    "TensorrtExecutionProvider",
    "CUDAExecutionProvider",
    "OpenVINOExecutionProvider",
    "CPUExecutionProvider",
)
DEFAULT_THRESHOLD = 0.3
MOST_BOXES = 300  # of one picture
_LABELS = frozenset(get_args(Label))


class BadModel(Exception):
    """A graph that cannot be loaded, or is not what its card says."""


def providers() -> list[str]:
    """The execution providers of this build, in the order in which they are tried."""
    there = ort.get_available_providers()
    return [name for name in ORDER if name in there]


class OnnxDetector:
    """Boxes of pictures by one ONNX Runtime session, from any number of threads."""

    def __init__(
        self,
        card: ModelCard,
        model: bytes,
        *,
        threads: int = 0,
        wanted: Sequence[str] | None = None,
        few_sizes: bool | None = None,
    ) -> None:
        """Load and try a model; `threads` of 0 are as many as there are cores.

        Raises:
            BadModel: it cannot be loaded or run, or gives something else than its card says.
        """
        self.name = f"{card.name}@{card.version}"
        self.card = card
        self._layout = layout_of(card)
        self._rooms = threading.local()
        self._session = _loaded(model, threads, list(wanted or providers()))
        self.provider = self._session.get_providers()[0]
        self._inputs = self._session.get_inputs()
        self._outputs = [told.name for told in self._session.get_outputs()]
        first = self._inputs[0].shape[0]
        self._batch = first if isinstance(first, int) and first > 0 else None
        # An accelerator plans anew for each size of a batch, so it gets few sizes.
        self._few_sizes = few_sizes if few_sizes is not None else self.provider != ORDER[-1]
        labels = [card.mapped.get(word, word) for word in card.classes]
        self._labels = [label if label in _LABELS else None for label in labels]
        default = card.thresholds.get("default", DEFAULT_THRESHOLD)
        self._thresholds = np.asarray(
            [
                card.thresholds.get(label, card.thresholds.get(word, default))
                for label, word in zip(labels, card.classes, strict=True)
            ],
            np.float32,
        )
        self._least = float(self._thresholds.min(initial=1.0))
        self.warm()

    def warm(self) -> None:
        """Run once, so that the first camera does not wait for it.

        Raises:
            BadModel: it does not run, or gives something else than its card says.
        """
        blank = np.zeros((self.card.input_height, self.card.input_width, 3), np.uint8)
        try:
            self.detect([blank])
        except BadModel:
            raise
        except Exception as fault:  # noqa: BLE001 - ONNX Runtime's errors have no common base
            raise BadModel(f"{self.name}: {str(fault)[:300]}") from None

    def detect(self, pictures: Sequence[Picture]) -> list[list[Box]]:
        """See `Detector`. A graph with a fixed batch is run as often as needed."""
        if not pictures:
            return []
        fitted = fit(
            pictures, self.card.input_width, self.card.input_height, self._layout.fit,
            self._room(len(pictures)),
        )  # fmt: skip
        try:
            found = self._layout.read(self._run(fitted), self._least)
        except WrongLayout as fault:
            raise BadModel(f"{self.name}: {fault}") from None
        return [self._boxes(fitted, n, one) for n, one in enumerate(found)]

    def _room(self, count: int) -> Picture:
        """This thread's batch from last time: fresh memory costs more than the scaling does."""
        room: Picture | None = getattr(self._rooms, "batch", None)
        if room is None or len(room) < count:
            shape = (count, self.card.input_height, self.card.input_width, 3)
            room = self._rooms.batch = np.empty(shape, np.uint8)
        return room

    @property
    def fit(self) -> Fit:
        """How pictures are brought to the graph's size."""
        return self._layout.fit

    def run(self, fitted: Fitted) -> dict[str, Any]:
        """The bare session on a fitted batch, for measuring."""
        return self._run(fitted)

    def _run(self, fitted: Fitted) -> dict[str, Any]:
        fed = self._layout.feed(fitted, self._inputs)
        count = len(fitted.pictures)
        size = self._batch or (power_of_two(count) if self._few_sizes else count)
        parts = [
            self._session.run(
                self._outputs,
                {name: _padded(values[n : n + size], size) for name, values in fed.items()},
            )
            for n in range(0, count, size)
        ]
        whole = (np.concatenate(some)[:count] for some in zip(*parts, strict=True))
        return dict(zip(self._outputs, parts[0] if size == count else whole, strict=True))

    def _boxes(self, fitted: Fitted, n: int, found: Candidates) -> list[Box]:
        known = (found.classes >= 0) & (found.classes < len(self._labels))
        on = np.flatnonzero(known)
        on = on[found.scores[on] >= self._thresholds[found.classes[on]]]
        on = on[np.argsort(-found.scores[on], kind="stable")][:MOST_BOXES]
        corners = fitted.shares(n, found.corners[on])
        made = []
        for (left, top, right, bottom), score, which in zip(
            corners.tolist(), found.scores[on].tolist(), found.classes[on].tolist(), strict=True
        ):
            label = self._labels[which]
            if label is not None and right > left and bottom > top:
                made.append(
                    Box(label=label, score=min(1.0, score), top_left=(left, top),
                        bottom_right=(right, bottom))
                )  # fmt: skip
        return made


def power_of_two(count: int) -> int:
    """The least that is not less than `count`."""
    return 1 << (count - 1).bit_length()


def _padded(values: Any, size: int) -> Any:
    short = size - len(values)
    return np.concatenate([values, np.repeat(values[-1:], short, axis=0)]) if short else values


def _loaded(model: bytes, threads: int, wanted: list[str]) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Threads that spin while they wait take the decoders' cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(model, options, providers=wanted)
    except Exception as fault:  # noqa: BLE001 - ONNX Runtime's errors have no common base
        raise BadModel(f"it cannot be loaded: {str(fault)[:300]}") from None
