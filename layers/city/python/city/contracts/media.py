"""What the unit `media` publishes."""

from typing import ClassVar

from city.contracts.envelope import Announcement


class MediaReady(Announcement):
    """A picture was checked, stripped of metadata and stored with its thumbnail.

    `key` and `thumb_key` name objects of the media bucket; sizes are pixels and bytes;
    `dhash` is the 64-bit difference hash as 16 hexadecimal digits, for finding look-alikes.
    """

    unit: ClassVar[str] = "media"
    happened: ClassVar[str] = "media_ready"
    subject_field: ClassVar[str] = "media_id"

    media_id: str
    key: str
    thumb_key: str
    width: int
    height: int
    size_bytes: int
    sha256: str
    dhash: str


class MediaRefused(Announcement):
    """An upload was refused and deleted; `reason` is one of media's reason codes."""

    unit: ClassVar[str] = "media"
    happened: ClassVar[str] = "media_refused"
    subject_field: ClassVar[str] = "media_id"

    media_id: str
    reason: str
