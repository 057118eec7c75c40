"""Objects: the bucket of uploads (private, quarantined) and the bucket of finished media."""

import functools
from collections.abc import Iterator
from typing import Any, BinaryIO

from botocore.config import Config

from city.adapters.client import client as made
from city.adapters.settings import settings

_PATHS = Config(s3={"addressing_style": "path"}, signature_version="s3v4")


@functools.cache
def client() -> Any:
    """The S3 client for reading and writing from inside."""
    return made("s3", _PATHS)


@functools.cache
def presigner() -> Any:
    """The S3 client that signs addresses for browsers; locally they reach S3 through the edge."""
    return made("s3", _PATHS, settings().upload_base_url or None)


def read(bucket: str, key: str, limit: int) -> bytes | None:
    """The object's bytes, at most `limit` + 1 of them; None when there is no such object."""
    try:
        answer = client().get_object(Bucket=bucket, Key=key)
    except client().exceptions.NoSuchKey:
        return None
    body: BinaryIO = answer["Body"]
    return body.read(limit + 1)


def write(bucket: str, key: str, data: bytes, content_type: str) -> None:
    """Store an object, replacing what was there."""
    client().put_object(
        Bucket=bucket,
        Key=key,
        Body=data,
        ContentType=content_type,
        CacheControl="public, max-age=31536000, immutable",
    )


def remove(bucket: str, key: str) -> None:
    """Forget an object; fine when it is gone."""
    client().delete_object(Bucket=bucket, Key=key)


def media_url(key: str) -> str:
    """The public address of a finished picture."""
    return f"{settings().public_base_url}/{settings().media_bucket}/{key}"


class Objects:
    """A private bucket as plain bytes by key."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def read(self, key: str) -> bytes:
        """An object.

        Raises:
            LookupError: there is none.
        """
        return self._get(key)

    def read_range(self, key: str, first: int, last: int) -> bytes:
        """Bytes `first` to `last` (exclusive).

        Raises:
            LookupError: there is no such object.
        """
        if last <= first:
            return b""
        return self._get(key, Range=f"bytes={first}-{last - 1}")

    def keys(self, prefix: str, after: str | None = None) -> Iterator[str]:
        """The keys that begin so, in order, behind `after`; a thousand are asked for at a time."""
        told = {"Bucket": self._bucket, "Prefix": prefix}
        if after:
            told["StartAfter"] = after
        for page in client().get_paginator("list_objects_v2").paginate(**told):
            yield from (each["Key"] for each in page.get("Contents", ()))

    def write(self, key: str, data: bytes) -> None:
        """Store an object, replacing what was there."""
        client().put_object(Bucket=self._bucket, Key=key, Body=data)

    def _get(self, key: str, **how: str) -> bytes:
        try:
            answer = client().get_object(Bucket=self._bucket, Key=key, **how)
        except client().exceptions.NoSuchKey as error:
            raise LookupError(key) from error
        body: bytes = answer["Body"].read()
        return body


class SignedObjects:
    """A private bucket for browsers: by addresses and forms that soon expire."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def address(self, key: str, seconds: int) -> str:
        """An address at which an object may be read."""
        told = {"Bucket": self._bucket, "Key": key}
        return str(presigner().generate_presigned_url("get_object", told, ExpiresIn=seconds))

    def form(self, key: str, content_type: str, most: int, seconds: int) -> dict[str, Any]:
        """`url` and `fields` of a form with which one object of at most so many bytes is sent."""
        made: dict[str, Any] = presigner().generate_presigned_post(
            self._bucket,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, most]],
            ExpiresIn=seconds,
        )
        return made


class PrivateObjects(Objects, SignedObjects):
    """A private bucket for us and, by addresses that soon expire, for browsers."""

    def remove(self, key: str) -> None:
        """Forget an object; fine when it is gone."""
        remove(self._bucket, key)
