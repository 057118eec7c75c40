"""Files of money: statements and settlements, kept as they were under their own hash, for years."""

import hashlib
from typing import Protocol

from city.adapters import blob
from city.adapters.settings import settings

LIMIT = 50_000_000


class FileChanged(Exception):
    """What was read is not what was kept."""


class Files(Protocol):
    """The port."""

    def keep(self, folder: str, name: str, data: bytes, media_type: str) -> tuple[str, str]:
        """Keep a file; its key and its SHA-256. The same bytes are the same file."""

    def read(self, key: str) -> bytes | None:
        """A file.

        Raises:
            FileChanged: its bytes are not those of its key.
        """


def key_of(folder: str, name: str, data: bytes) -> tuple[str, str]:
    """`<folder>/<sha256>/<name>` and the hash."""
    sha256 = hashlib.sha256(data).hexdigest()
    return f"{folder}/{sha256}/{name}", sha256


def checked(key: str, data: bytes) -> bytes:
    """The bytes, if they are those of the key.

    Raises:
        FileChanged: they are not.
    """
    if hashlib.sha256(data).hexdigest() != key.split("/")[-2]:
        raise FileChanged(key)
    return data


class BucketFiles:
    """Files in the bucket of statements."""

    def keep(self, folder: str, name: str, data: bytes, media_type: str) -> tuple[str, str]:
        """See `Files`."""
        key, sha256 = key_of(folder, name, data)
        blob.client().put_object(
            Bucket=settings().statements_bucket, Key=key, Body=data, ContentType=media_type
        )
        return key, sha256

    def read(self, key: str) -> bytes | None:
        """See `Files`."""
        data = blob.read(settings().statements_bucket, key, LIMIT)
        return None if data is None else checked(key, data)


class MemoryFiles:
    """Files in memory, for tests."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def keep(
        self,
        folder: str,
        name: str,
        data: bytes,
        media_type: str,  # noqa: ARG002 - the port's
    ) -> tuple[str, str]:
        """See `Files`."""
        key, sha256 = key_of(folder, name, data)
        self.held[key] = data
        return key, sha256

    def read(self, key: str) -> bytes | None:
        """See `Files`."""
        data = self.held.get(key)
        return None if data is None else checked(key, data)
