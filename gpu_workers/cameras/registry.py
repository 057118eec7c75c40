"""The model registry: `models/<name>/<version>/{model.onnx,card.json}` in the object store.

A version never changes. The card is written last, so a model with a card is whole; its sha256 is
compared before anything of the file is parsed.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from city.contracts.cameras import ModelCard
from pydantic import ValidationError

from gpu_workers.cameras.inference.session import BadModel, OnnxDetector

SHIPPED = Path(__file__).parent / "models"
MOST_BYTES = 600_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}@[a-z0-9][a-z0-9._-]{0,31}")


class Models(Protocol):
    """Where models lie."""

    def get(self, name: str, version: str, file: str) -> bytes | None:
        """A file of a model, or None."""
        ...


class Folder:
    """The models that the project ships, in the worker's own image."""

    def __init__(self, folder: Path = SHIPPED) -> None:
        self._folder = folder

    def get(self, name: str, version: str, file: str) -> bytes | None:
        """See `Models`."""
        path = self._folder / name / version / file
        return path.read_bytes() if path.is_file() else None


class Bucket:
    """The city's registry."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def get(self, name: str, version: str, file: str) -> bytes | None:
        """See `Models`.

        Raises:
            BadModel: the object store does not answer, or the file is too large.
        """
        key = f"models/{name}/{version}/{file}"
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=key)
            if answer["ContentLength"] > MOST_BYTES:
                raise BadModel(f"{key} is larger than {MOST_BYTES:,} bytes")
            data: bytes = answer["Body"].read()
        except ClientError as fault:
            if fault.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise BadModel(f"{key}: {fault.response['Error']['Code']}") from None
        except BotoCoreError as fault:
            raise BadModel(f"{key}: {type(fault).__name__}") from None
        return data

    def put(self, card: ModelCard, card_json: bytes, model: bytes) -> None:
        """Publish a version, once.

        Raises:
            BadModel: the version is there already with other content.
        """
        there = self.get(card.name, card.version, "card.json")
        if there is not None:
            if parsed(there).sha256 == card.sha256:
                return
            raise BadModel(f"{card.name}@{card.version} exists: take the next version")
        folder = f"models/{card.name}/{card.version}"
        self._s3.put_object(Bucket=self._bucket, Key=f"{folder}/model.onnx", Body=model)
        try:
            self._s3.put_object(
                Bucket=self._bucket, Key=f"{folder}/card.json", Body=card_json,
                ContentType="application/json", IfNoneMatch="*",
            )  # fmt: skip
        except ClientError as fault:
            raise BadModel(f"not published: {fault.response['Error']['Code']}") from None


def read(model: str, places: Sequence[Models]) -> tuple[ModelCard, bytes]:
    """Card and file of `name@version` from the first place that has it, compared.

    Raises:
        BadModel: it is nowhere, its card is bad, or the file is not the card's.
    """
    if not _NAME.fullmatch(model):
        raise BadModel(f"not name@version: {model[:80]}")
    name, version = model.split("@")
    for place in places:
        written = place.get(name, version, "card.json")
        if written is None:
            continue
        card = parsed(written)
        if (card.name, card.version) != (name, version):
            raise BadModel(f"the card at {model} is of {card.name}@{card.version}")
        data = place.get(name, version, "model.onnx")
        if data is None:
            raise BadModel(f"{model} has a card and no model.onnx")
        check(card, data)
        return card, data
    raise BadModel(f"{model} is not in the registry")


def check(card: ModelCard, data: bytes) -> None:
    """Compare a file with its card.

    Raises:
        BadModel: it is another file.
    """
    found = hashlib.sha256(data).hexdigest()
    if found != card.sha256:
        raise BadModel(
            f"{card.name}@{card.version}: sha256 is {found}, its card says {card.sha256}"
        )


def load(model: str, places: Sequence[Models], *, threads: int = 0) -> OnnxDetector:
    """A warm detector of the registry.

    Raises:
        BadModel: see `read` and `OnnxDetector`.
    """
    card, data = read(model, places)
    return OnnxDetector(card, data, threads=threads)


def parsed(written: bytes) -> ModelCard:
    """A card from its file.

    Raises:
        BadModel: it is none.
    """
    try:
        card = ModelCard.model_validate(json.loads(written))
    except (ValidationError, ValueError) as fault:
        raise BadModel(f"a bad card: {str(fault)[:200]}") from None
    if not card.classes or card.input_width < 1 or card.input_height < 1 or not card.licence:
        raise BadModel("a bad card: classes, size and licence are needed")
    return card
