"""VietQR: codes that others published, round trips, and everything a hostile code can try."""

import io
import json
import string
from pathlib import Path

import pytest
import segno
import zxingcpp
from city.bank.vietqr import (
    BadCode,
    Reason,
    Service,
    VietQr,
    checksum,
    plain,
    read,
    write,
)
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

READ = json.loads((Path(__file__).parent / "published_codes.json").read_text())
PUBLISHED = [(each["text"], VietQr(**each["says"])) for each in READ["good"]]
SAMPLE = PUBLISHED[1][0]
ascii_words = st.text(string.ascii_letters + string.digits + "-./ ", max_size=15).map(
    lambda words: " ".join(words.split())
)
codes = st.builds(
    VietQr,
    dynamic=st.booleans(),
    bank_bin=st.from_regex(r"[0-9]{6}", fullmatch=True),
    account=st.from_regex(r"[0-9A-Za-z]{1,19}", fullmatch=True),
    service=st.none() | st.sampled_from(Service),
    amount_vnd=st.none() | st.integers(1, 10**12),
    category=st.none() | st.from_regex(r"[0-9]{4}", fullmatch=True),
    **dict.fromkeys(
        ("name", "city", "bill", "store", "reference", "terminal", "purpose"), ascii_words
    ),
)


def sealed(body: str) -> str:
    """A body with the checksum that fits it."""
    return body + "6304" + checksum(body + "6304")


def tlv(tag: str, value: str, size: int | None = None) -> str:
    return f"{tag}{len(value) if size is None else size:02}{value}"


def body(**changed: str | None) -> str:
    """A payable body with some fields changed or left out (None)."""
    fields: dict[str, str | None] = {
        "t00": "01", "t01": "11",
        "t38": "0010A000000727" + tlv("01", "0006970403" + "0112001101234567") + "0208QRIBFTTA",
        "t53": "704", "t58": "VN",
    }  # fmt: skip
    fields.update(changed)
    return "".join(tlv(name[1:], value) for name, value in fields.items() if value is not None)


def refused(text: str) -> Reason:
    with pytest.raises(BadCode) as error:
        read(text)
    return error.value.reason


def test_the_checksum_is_the_catalogued_one() -> None:
    assert checksum("123456789") == "29B1"


@pytest.mark.parametrize(("text", "says"), PUBLISHED)
def test_published_codes_are_read(text: str, says: VietQr) -> None:
    assert read(text) == says


@pytest.mark.parametrize(
    ("text", "says"), [each for each in PUBLISHED if len(each[1].purpose) <= 25]
)
def test_published_codes_are_made_character_for_character(text: str, says: VietQr) -> None:
    assert write(says) == text


@pytest.mark.parametrize("text", READ["miscounted"])
def test_published_examples_with_a_wrong_length_are_refused(text: str) -> None:
    """The specification's own static transfer: right checksum, an inner length short by one."""
    assert text.endswith(checksum(text[:-4]))
    assert refused(text) == Reason.STRUCTURE


@given(codes)
def test_what_is_written_is_read(code: VietQr) -> None:
    text = write(code)
    assert text.isascii()
    assert read(text) == code


@given(codes, st.data())
def test_one_wrong_character_is_always_found(code: VietQr, data: st.DataObject) -> None:
    text = write(code)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(text[at].__ne__))
    altered = text[:at] + other + text[at + 1 :]
    if altered.upper() == text.upper() and at >= len(text) - 4:
        assert read(altered) == code  # the checksum's own letters may be small
    else:
        with pytest.raises(BadCode):
            read(altered)


@given(codes, st.data())
def test_a_cut_or_lengthened_code_is_refused(code: VietQr, data: st.DataObject) -> None:
    text = write(code)
    with pytest.raises(BadCode):
        read(text[: data.draw(st.integers(0, len(text) - 1))])
    with pytest.raises(BadCode):
        read(text + data.draw(st.text(min_size=1, max_size=8)))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(BadCode):
        read(text)


def test_a_small_letter_checksum_is_accepted() -> None:
    assert read(SAMPLE[:-4] + SAMPLE[-4:].lower()) == read(SAMPLE)


VIETNAMESE = "QUÁN BÚN BÒ HUẾ"


@pytest.mark.parametrize("size", [len(VIETNAMESE), len(VIETNAMESE.encode())])
def test_vietnamese_is_read_whether_characters_or_bytes_were_counted(size: int) -> None:
    text = sealed(body() + tlv("59", VIETNAMESE, size) + tlv("60", "HUE"))
    code = read(text)
    assert (code.name, code.city) == (VIETNAMESE, "HUE")


def test_two_readings_that_differ_are_refused() -> None:
    # 59 counts 14: as characters the name runs to the end, as bytes an amount follows it.
    name = "ếếếếá"
    assert len(name.encode()) == len(name + "540590000")
    assert refused(sealed(body() + "5914" + name + "540590000")) == Reason.AMBIGUOUS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.STRUCTURE),
        ("hello", Reason.STRUCTURE),
        ("0" * 600, Reason.STRUCTURE),
        ("\ud800" + SAMPLE, Reason.STRUCTURE),
        (sealed("52045812" + body()), Reason.STRUCTURE),  # 00 must come first
        (sealed(body(t00="02")), Reason.STRUCTURE),
        (sealed(body(t01="13")), Reason.STRUCTURE),
        (sealed(body() + "5900"), Reason.STRUCTURE),
        (sealed(body() + "59０5HELLO"), Reason.STRUCTURE),  # a full-width digit is no digit
        (sealed(body() + tlv("59", "A") + tlv("59", "B")), Reason.REPEATED),
        (sealed(body() + tlv("62", "0801A0801B")), Reason.REPEATED),
        (sealed(body(t38="0010A0000007270010A000000727")), Reason.REPEATED),
        (sealed(body()) + tlv("54", "1"), Reason.TRAILING),
        (body(), Reason.CHECKSUM),
        (sealed(body())[:-4] + "0000", Reason.CHECKSUM),
        (sealed(body())[:-4] + "zzzz", Reason.CHECKSUM),
        (sealed(body(t38=None, t26="0006VNPAY1")), Reason.NOT_VIETQR),
        (sealed(body(t38="0010A000000728")), Reason.NOT_VIETQR),
        (sealed(body(t38="0010A0000007270109000597040")), Reason.BANK),
        (sealed(body(t38="0010A00000072701100006970403")), Reason.ACCOUNT),
        (sealed(body(t38="0010A0000007270117000697040301031'10203BAD")), Reason.ACCOUNT),
        (sealed(body(t38="0010A0000007270117000697040301031110208QRIBFTTX")), Reason.SERVICE),
        (sealed(body(t53="840")), Reason.CURRENCY),
        (sealed(body(t53=None)), Reason.CURRENCY),
        (sealed(body(t58="TH")), Reason.COUNTRY),
        (sealed(body() + tlv("55", "01")), Reason.TIP),
    ],
)
def test_refusals_say_why(text: str, reason: Reason) -> None:
    assert refused(text) == reason


@pytest.mark.parametrize("said", ["0", "-1", "1e3", "1.5", "1,000", "１０", "1000000000001", " 5"])
def test_amounts_that_are_not_whole_dong_are_refused(said: str) -> None:
    assert refused(sealed(body() + tlv("54", said))) in (Reason.AMOUNT, Reason.STRUCTURE)


@pytest.mark.parametrize("said", ["1000", "1000.", "1000.0", "1000.00"])
def test_an_amount_may_name_no_cents(said: str) -> None:
    assert read(sealed(body() + tlv("54", said))).amount_vnd == 1000


def test_names_lose_their_marks_and_are_cut() -> None:
    code = VietQr(
        bank_bin="970403", account="1", name="Bún bò Đò Trai, phường Thuỷ Vân", city="Huế"
    )
    assert read(write(code)).name == "Bun bo Do Trai, phuong Th"
    assert plain("  a\n\tb 🙂 ", 10) == "ab"


def test_notes_that_do_not_fit_together_are_refused() -> None:
    long = "x" * 25
    with pytest.raises(ValueError, match="62"):
        write(VietQr(bank_bin="970403", account="1", bill=long, store=long, reference=long,
                     terminal=long))  # fmt: skip


@pytest.mark.parametrize(("text", "says"), PUBLISHED)
def test_another_reader_sees_what_was_drawn(text: str, says: VietQr) -> None:
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=4)
    seen = zxingcpp.read_barcodes(Image.open(picture))
    assert [code.text for code in seen] == [text]
    assert read(seen[0].text) == says
