"""Buckets in memory, a process that dies, and pictures made to measure."""

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Operation, Row
from city.adapters.table_memory import MemoryTable
from city.contracts.envelope import CloudEvent
from city.kernel.ids import ulid
from city.media import service
from city.media.service import Darkroom, NewMedia
from mortal import Died
from PIL import Image, PngImagePlugin
from world import MONDAY, SECRET, RecordingBus

TELLTALE = b"0905123456"


class Fuse:
    """Counts what is done to the world and dies before or after the n-th deed (n from 0)."""

    def __init__(self, at: int = -1, *, after: bool = False) -> None:
        self.at, self.after = at, after
        self.done = 0

    def before(self) -> None:
        if not self.after and self.done == self.at:
            raise Died
        self.done += 1

    def behind(self) -> None:
        if self.after and self.done - 1 == self.at:
            raise Died


@dataclass
class Studio:
    """Everything intake touches. `fuse` is shared by table, buckets and bus."""

    table: MemoryTable = field(default_factory=MemoryTable)
    bus: RecordingBus = field(default_factory=RecordingBus)
    inbox: dict[str, bytes] = field(default_factory=dict)
    shelf: dict[str, bytes] = field(default_factory=dict)
    fuse: Fuse = field(default_factory=Fuse)
    sandbox: bool = True

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def room(self) -> Darkroom:
        table = _Table(self)
        return Darkroom(
            table=table,
            outbox=Outbox(table, _Bus(self)),
            blobs=Buckets(self),
            secret=SECRET,
            now=MONDAY,
            new_id=lambda moment: ulid(moment, next(self._numbers)),
            sandbox=self.sandbox,
        )

    def upload(self, raw: bytes, owner: str = "lan") -> tuple[str, str]:
        """Ask and send: the media id and the key."""
        body = NewMedia(content_type="image/jpeg", size=max(len(raw), 1))
        asked = service.ask(self.room(), body, owner)
        key = asked.upload.fields["key"]
        self.inbox[key] = raw
        return asked.id, key

    def owned(self, key: str, owner: str = "lan") -> Row:
        found = self.table.get(f"U#{owner}", key.removeprefix("incoming/"))
        assert found is not None
        return found

    def row(self, key: str) -> Row:
        found = self.table.get(f"M#{key.removeprefix('incoming/')}", "-")
        assert found is not None
        return found


class _Table:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def __getattr__(self, name: str) -> Any:
        return getattr(self._studio.table, name)

    def commit(self, *operations: Operation) -> None:
        self._studio.fuse.before()
        self._studio.table.commit(*operations)
        self._studio.fuse.behind()


class _Bus:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def publish(self, events: Sequence[CloudEvent]) -> None:
        self._studio.fuse.before()
        self._studio.bus.publish(events)
        self._studio.fuse.behind()


class Buckets:
    """`service.Blobs` over dictionaries."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def presign(self, key: str, content_type: str, max_bytes: int, life_s: int) -> dict[str, Any]:
        return {"url": "http://here", "fields": {"key": key, "Content-Type": content_type}}

    def incoming(self, key: str, limit: int) -> bytes | None:
        self._studio.fuse.before()
        found = self._studio.inbox.get(key)
        self._studio.fuse.behind()
        return None if found is None else found[: limit + 1]

    def publish(self, key: str, data: bytes) -> None:
        self._studio.fuse.before()
        self._studio.shelf[key] = data
        self._studio.fuse.behind()

    def discard(self, key: str) -> None:
        self._studio.fuse.before()
        self._studio.inbox.pop(key, None)
        self._studio.fuse.behind()

    def withdraw(self, key: str) -> None:
        self._studio.shelf.pop(key, None)

    def address(self, key: str) -> str:
        return f"http://here/{key}"


def photo(
    fmt: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **save: Any
) -> bytes:
    """A picture with something to see in it."""
    image = Image.radial_gradient("L").resize(size).convert("RGB").convert(mode)
    out = io.BytesIO()
    image.save(out, fmt, **save)
    return out.getvalue()


def gps_exif(orientation: int = 1) -> Image.Exif:
    """EXIF of a camera at 16.46 N, 107.59 E, on Monday morning."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "Call 0905123456"
    gps = {1: "N", 2: (16.0, 27.0, 36.0), 3: "E", 4: (107.0, 35.0, 24.0)}
    exif.get_ifd(0x8825).update(gps)
    exif.get_ifd(0x8769).update({0x9003: "2026:11:16 09:00:00", 0x9011: "+07:00"})
    return exif


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">0905123456</x:xmpmeta>'


def loaded(fmt: str, size: tuple[int, int] = (640, 480), orientation: int = 1) -> bytes:
    """A picture with all the metadata its format can carry; the telltale is in each kind."""
    exif = gps_exif(orientation)
    if fmt == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", TELLTALE.decode())
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        text.add_text("Author", TELLTALE.decode(), zip=True)
        return photo("PNG", size, exif=exif, pnginfo=text, icc_profile=_profile())
    more: dict[str, Any] = {"comment": TELLTALE} if fmt == "JPEG" else {}
    return photo(fmt, size, exif=exif, xmp=XMP, icc_profile=_profile(), **more)


def _profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def bomb(side: int = 60000) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + crc

    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def animation(fmt: str) -> bytes:
    """Two frames."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, fmt, save_all=True, append_images=frames[1:])
    return out.getvalue()
