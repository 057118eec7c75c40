"""Nothing but pixels survives, whatever is sent."""

import io
import random
from typing import Any

import pytest
from city.media.picture import LONG_SIDE, THUMB_SIDE, Clean, Refused, clean
from hypothesis import given, settings
from hypothesis import strategies as st
from media_world import TELLTALE, animation, bomb, gps_exif, loaded, photo
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

# What a bare progressive JPEG is made of: JFIF header, tables, frame, scans. No APP1 and later, no
# COM, so no EXIF, XMP, profile, Photoshop block or comment can hide in it.
BARE = {0xD8, 0xE0, 0xDB, 0xC2, 0xC4, 0xDA, 0xD9}


def segments(data: bytes) -> list[tuple[int, bytes]]:
    """The marker segments of a JPEG, by its syntax (ITU-T T.81, annex B)."""
    found = []
    at = 0
    while at < len(data):
        assert data[at] == 0xFF, at
        marker = data[at + 1]
        if marker in (0xD8, 0xD9):
            found.append((marker, b""))
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        found.append((marker, data[at + 4 : at + 2 + length]))
        at += 2 + length
        if marker == 0xDA:
            while data[at] != 0xFF or data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
                at += 1
    assert found[-1] == (0xD9, b"")
    return found


def assert_bare(made: Clean) -> None:
    for data in (made.image, made.thumb):
        parts = segments(data)
        assert {marker for marker, _ in parts} <= BARE
        assert [body[:5] for marker, body in parts if marker == 0xE0] == [b"JFIF\0"]
        assert data.endswith(b"\xff\xd9")
        assert TELLTALE not in data
        assert set(Image.open(io.BytesIO(data)).info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
def test_all_that_is_not_pixels_is_gone(fmt: str) -> None:
    raw = loaded(fmt)
    assert TELLTALE in raw
    made = clean(raw)
    assert_bare(made)
    assert made.origin.place == pytest.approx((16.46, 107.59))
    assert made.origin.taken_at == "2026-11-16T02:00:00.000Z"


@given(
    fmt=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    orientation=st.integers(0, 9),
    tail=st.binary(max_size=60),
)
@settings(deadline=None, max_examples=60)
def test_any_picture_comes_out_bare(
    fmt: str, size: tuple[int, int], orientation: int, tail: bytes
) -> None:
    made = clean(loaded(fmt, size, orientation) + TELLTALE + tail)
    assert_bare(made)
    assert (made.width, made.height) == (size[::-1] if orientation in range(5, 9) else size)


@given(st.binary(max_size=300), st.integers(0, 2000))
@settings(deadline=None)
def test_any_bytes_are_a_picture_or_a_refusal(noise: bytes, at: int) -> None:
    good = loaded("JPEG", (32, 32))
    damaged = good[: at % len(good)] + noise + good[at % len(good) :]
    for raw in (noise, damaged):
        try:
            made = clean(raw)
        except Refused:
            continue
        assert_bare(made)


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
def test_damaged_metadata_never_escapes(fmt: str) -> None:
    good = loaded(fmt, (32, 32))
    start = good.index(b"MM\0*") if b"MM\0*" in good else good.index(b"II*\0")
    dice = random.Random(fmt)
    for _ in range(400):
        raw = bytearray(good)
        for _ in range(dice.randint(1, 6)):
            raw[start + dice.randrange(200)] = dice.randrange(256)
        try:
            assert_bare(clean(bytes(raw)))
        except Refused:
            continue


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (900.0, 0.0, 0.0), 3: "E", 4: (107.0, 0.0, 0.0)},
        {1: "N", 2: (16.0,), 3: "E", 4: (107.0, 0.0, 0.0)},
        {1: "N", 3: "E", 4: (107.0, 0.0, 0.0)},
        {1: "N", 2: (IFDRational(1, 0),) * 3, 3: "E", 4: (107.0, 0.0, 0.0)},
    ],
)
def test_an_impossible_place_is_no_place(gps: dict[int, Any]) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(gps)
    assert clean(photo(exif=exif)).origin.place is None


def test_south_and_west_are_negative() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "S", 2: (10.0, 30.0, 0.0), 3: "W", 4: (20.0, 15.0, 0.0)})
    assert clean(photo(exif=exif)).origin.place == (-10.5, -20.25)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_stands_upright(orientation: int) -> None:
    upright = Image.new("RGB", (80, 40), "white")
    upright.paste("black", (0, 0, 20, 20))  # top left
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    out = io.BytesIO()
    stored.save(out, "JPEG", quality=95, exif=gps_exif(orientation))
    made = Image.open(io.BytesIO(clean(out.getvalue()).image)).convert("L")
    assert made.size == (80, 40)
    assert (made.getpixel((5, 5)), made.getpixel((75, 35))) == (0, 255)


def test_sizes_are_bounded() -> None:
    made = clean(photo(size=(4000, 1000)))
    assert max(made.width, made.height) == LONG_SIDE
    assert max(Image.open(io.BytesIO(made.thumb)).size) == THUMB_SIDE
    assert clean(photo(size=(20, 10)))[2:4] == (20, 10)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_colour_modes_of_a_jpeg(mode: str) -> None:
    assert_bare(clean(photo(mode=mode)))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_colour_modes_of_a_png(mode: str) -> None:
    assert_bare(clean(photo("PNG", mode=mode)))


def test_clear_pixels_become_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")
    made = Image.open(io.BytesIO(clean(out.getvalue()).image))
    assert made.getpixel((10, 10)) == (255, 255, 255)


def test_sixteen_bits_of_grey_keep_their_middle() -> None:
    out = io.BytesIO()
    Image.new("I;16", (20, 20), 32768).save(out, "PNG")
    made = Image.open(io.BytesIO(clean(out.getvalue()).image)).convert("L")
    assert made.getpixel((10, 10)) == 128


def test_a_profile_is_applied_before_it_is_dropped() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red_for_green = (
        srgb.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")
    )
    out = io.BytesIO()
    Image.new("RGB", (32, 32), (200, 0, 0)).save(out, "PNG", icc_profile=red_for_green)
    made = clean(out.getvalue())
    assert_bare(made)
    colour = Image.open(io.BytesIO(made.image)).getpixel((16, 16))
    assert isinstance(colour, tuple)
    assert colour == pytest.approx((0, 200, 0), abs=8)


def test_a_bad_profile_counts_as_none() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain = clean(photo()).image
    assert clean(photo(icc_profile=b"no profile at all")).image == plain
    assert clean(photo(icc_profile=lab)).image == plain  # of other colours


def test_a_second_picture_in_a_phones_jpeg_is_ignored() -> None:
    out = io.BytesIO()
    first = Image.new("RGB", (64, 48), "white")
    first.save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (32, 24), "black")])
    made = clean(out.getvalue())
    assert (made.width, made.height) == (64, 48)
    assert_bare(made)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"<html>hello</html>", "not_an_image"),
        (b"", "not_an_image"),
        (b"%PDF-1.7 " + b"x" * 400, "not_an_image"),
        (b"GIF89a" + b"\x00" * 40, "not_an_image"),
        (animation("GIF"), "not_an_image"),
        (animation("WEBP"), "animated"),
        (animation("PNG"), "animated"),
        (photo()[:2000], "broken"),
        (photo("PNG")[:-100], "broken"),
        (bomb(), "too_many_pixels"),
        (bomb(8000), "too_many_pixels"),
        (bomb(7000), "broken"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "unsupported_heic"),
    ],
)
def test_refusals_have_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(raw)
    assert refused.value.reason == reason


def test_look_alikes_have_near_hashes() -> None:
    first = int(clean(photo()).dhash, 16)
    again = int(clean(photo(size=(320, 240), quality=40)).dhash, 16)
    other = Image.linear_gradient("L").resize((640, 480)).rotate(90)
    out = io.BytesIO()
    other.save(out, "JPEG")
    assert (first ^ again).bit_count() <= 4
    assert (first ^ int(clean(out.getvalue()).dhash, 16)).bit_count() > 10


@pytest.mark.parametrize(
    ("taken", "offset", "moment"),
    [
        ("2026:11:16 09:00:00", "", "2026-11-16T02:00:00.000Z"),
        ("2026:11:16 09:00:00", "+09:00", "2026-11-16T00:00:00.000Z"),
        ("0000:00:00 00:00:00", "", None),
        ("yesterday", "", None),
        ("0001:01:01 00:00:00", "+14:00", None),
    ],
)
def test_when_it_was_taken(taken: str, offset: str, moment: str | None) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: taken, **({0x9011: offset} if offset else {})})
    assert clean(photo(size=(16, 16), exif=exif)).origin.taken_at == moment
