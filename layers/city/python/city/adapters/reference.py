"""The city's reference data in a function: read from the table `directory`, kept five minutes.

Powertools' parameters give the caching; the provider below reads our own table, so that the same
code runs where there is no SSM or AppConfig.
"""

import functools
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.parameters import BaseProvider

from city.adapters.stores import table
from city.adapters.table import Put, Row, Table, everything
from city.kernel.reference import Reference

T = TypeVar("T")
KEEP_S = 300
CHUNK = 300_000  # characters; DynamoDB's item limit is 400 KB
VERSION = "#version"
_CURRENT = ("REFERENCE", "CURRENT")


class TableProvider(BaseProvider):
    """Documents by name out of the table."""

    def _get(self, name: str, **_: Any) -> str:
        if name == VERSION:
            return current_version(table("directory"))
        return read_document(table("directory"), name)

    def _get_multiple(self, path: str, **_: Any) -> dict[str, str]:  # noqa: ARG002 - one set
        held = table("directory").get(*_CURRENT)
        return {name: self._get(name) for name in (held.doc["names"] if held else [])}


def publish(into: Table, documents: dict[str, Any], version: str) -> None:
    """Write a set of documents, then make it the current one in a single write."""
    for name, document in documents.items():
        packed = b64encode(
            zlib.compress(json.dumps(document, ensure_ascii=False).encode())
        ).decode()
        for i in range(0, len(packed), CHUNK):
            into.commit(
                Put(Row(f"REFERENCE#{version}#{name}", f"{i:09}", {"part": packed[i : i + CHUNK]}))
            )
    into.commit(Put(Row(*_CURRENT, {"version": version, "names": sorted(documents)})))


def current_version(held: Table) -> str:
    """The version of the current set.

    Raises:
        LookupError: nothing was ever published.
    """
    current = held.get(*_CURRENT)
    if current is None:
        raise LookupError("no reference data: load the city first (make run does)")
    return str(current.doc["version"])


def read_document(held: Table, name: str) -> str:
    """The JSON text of one document of the current set.

    Raises:
        LookupError: nothing was ever published, or no document has this name.
    """
    rows = everything(held, f"REFERENCE#{current_version(held)}#{name}")
    if not rows:
        raise LookupError(f"no reference document {name}")
    return zlib.decompress(b64decode("".join(row.doc["part"] for row in rows))).decode()


_provider = functools.cache(TableProvider)


@functools.lru_cache(maxsize=2)
def _parsed(version: str) -> Reference:  # noqa: ARG001 - the cache goes by it
    texts = _provider().get_multiple("all", max_age=KEEP_S, force_fetch=True)
    return Reference.from_documents({name: json.loads(str(value)) for name, value in texts.items()})


def reference() -> Reference:
    """The current reference data."""
    version = _provider().get(VERSION, max_age=KEEP_S)
    return _parsed(str(version))


def derived(make: Callable[[Reference], T]) -> Callable[[], T]:
    """What is made of the current reference data, made once for each set of it: reading some
    hundred rows into models again for every request costs as much as a call of a table."""
    kept: list[tuple[Reference, T]] = []

    def current() -> T:
        city = reference()
        if not kept or kept[0][0] is not city:
            kept[:] = [(city, make(city))]
        return kept[0][1]

    return current
