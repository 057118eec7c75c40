"""The detectors that a camera may be watched with: what the model registry has.

The registry is `models/<name>/<version>/card.json` in the bucket of evidence, beside models of
faces, whose cards say something else. The detector that comes with every worker needs no card.
"""

from collections.abc import Iterator
from itertools import islice
from typing import get_args

from pydantic import BaseModel, ValidationError

from city.cameras.desk import Desk, Pictures
from city.cameras.model import DEFAULT_MODEL
from city.contracts.cameras import ModelCard
from city.contracts.watching import Label
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import invalid

FOLDER, CARD = "models/", "/card.json"


class DetectorView(BaseModel, frozen=True):
    """A detector: its name for a camera's `model`, what it tells apart, what it was trained on.

    A `synthetic` one has seen rendered pictures only and is of no use on real ones.
    """

    model: str
    labels: tuple[Label, ...]
    licence: str
    synthetic: bool


SHIPPED = DetectorView(
    model=DEFAULT_MODEL, labels=get_args(Label), licence="Apache-2.0", synthetic=True
)


def require(desk: Desk, model: str) -> None:
    """Let a model through that workers can get.

    Raises:
        Invalid: the registry has no detector of this name and version.
    """
    if model != DEFAULT_MODEL and _card(desk.pictures, model) is None:
        raise invalid(
            "model",
            f"Kho mô hình không có {model}. Chọn một mô hình trong danh sách.",
            f"The model registry has no {model}. Choose one from the list.",
        )


def listing(desk: Desk, query: PageQuery) -> Page[DetectorView]:
    """The shipped one first, then the registry's by name."""
    after = decode_cursor(query.cursor).get("a")
    found = list(islice(_from(desk.pictures, after), query.limit + 1))
    more = len(found) > query.limit
    shown = found[: query.limit]
    return Page(items=shown, next_cursor=encode_cursor({"a": shown[-1].model}) if more else None)


def _from(pictures: Pictures, after: str | None) -> Iterator[DetectorView]:
    if after is None:
        yield SHIPPED
    start = None if after in (None, DEFAULT_MODEL) else _key(str(after))
    for key in pictures.keys(FOLDER, start):
        name, _, version = key.removeprefix(FOLDER).removesuffix(CARD).partition("/")
        model = f"{name}@{version}"
        if not key.endswith(CARD) or model == DEFAULT_MODEL:
            continue
        card = _card(pictures, model)
        if card is not None:
            yield DetectorView(
                model=model, labels=_labels(card), licence=card.licence, synthetic=card.synthetic
            )


def _key(model: str) -> str:
    return f"{FOLDER}{model.replace('@', '/')}{CARD}"


def _card(pictures: Pictures, model: str) -> ModelCard | None:
    """The detector's card; None where there is none, or a face model's."""
    try:
        card = ModelCard.model_validate_json(pictures.read(_key(model)))
    except (LookupError, ValidationError):
        return None
    return card if f"{card.name}@{card.version}" == model else None


def _labels(card: ModelCard) -> tuple[Label, ...]:
    known = [card.mapped.get(word, word) for word in card.classes]
    return tuple(label for label in get_args(Label) if label in known)
