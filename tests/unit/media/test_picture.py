"""Nothing but pixels survives, whatever is sent."""

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from city.media.picture import LONG_SIDE, THUMB_SIDE, Refused, clean

SECRETS = (b"Exif", b"GPS", b"http://ns.adobe.com", b"xmpmeta", b"0905123456", b"ICC_PROFILE")


def photo(fmt: str = "JPEG", size: tuple[int, int] = (640, 480), **save: object) -> bytes:
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    out = io.BytesIO()
    image.save(out, fmt, **save)
    return out.getvalue()


def with_gps() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "Call 0905123456"
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N", 2: (16.0, 27.0, 36.0), 3: "E", 4: (107.0, 35.0, 24.0)})
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">0905123456</x:xmpmeta>'
    return photo(exif=exif, xmp=xmp, comment=b"0905123456")


def test_metadata_is_gone_and_the_picture_upright() -> None:
    raw = with_gps()
    assert b"Exif" in raw
    made = clean(raw)
    assert (made.width, made.height) == (480, 640)
    assert made.taken_at_place == pytest.approx((16.46, 107.59))
    for data in (made.image, made.thumb):
        assert not any(secret in data for secret in SECRETS)
        assert not Image.open(io.BytesIO(data)).getexif()


def test_text_in_a_png_is_gone() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "0905123456")
    made = clean(photo("PNG", pnginfo=text))
    assert not any(secret in made.image for secret in SECRETS)


def test_sizes_are_bounded() -> None:
    made = clean(photo(size=(4000, 1000)))
    assert max(made.width, made.height) == LONG_SIDE
    assert max(Image.open(io.BytesIO(made.thumb)).size) == THUMB_SIDE


def bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + crc

    header = (60000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def animation() -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"<html>hello</html>", "not_an_image"),
        (b"", "not_an_image"),
        (photo()[:2000], "broken"),
        (bomb(), "too_many_pixels"),
        (animation(), "animated"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "unsupported_heic"),
        (b"GIF89a" + b"\x00" * 40, "not_an_image"),
    ],
)
def test_refusals_have_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(raw)
    assert refused.value.reason == reason


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_any_bytes_are_a_picture_or_a_refusal(noise: bytes, at: int) -> None:
    good = photo(size=(32, 32))
    damaged = good[: at % len(good)] + noise + good[at % len(good) :]
    for raw in (noise, damaged):
        try:
            made = clean(raw)
        except Refused:
            continue
        assert not any(secret in made.image for secret in SECRETS)
