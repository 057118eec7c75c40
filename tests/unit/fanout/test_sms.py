"""Short messages: letters, segments, the gateway, and SMPP against our simulator and smpplib."""

import asyncio
import threading
from typing import Any

import pytest
import smpplib.client
import smpplib.consts
import smpplib.gsm
import smpplib.smpp
from channels_world import BASE_URL, Other, against, delivery, sent, sent_to_all
from city.fanout.gsm import BASIC, EXTENDED, fits_gsm7, plain, read, split
from city.fanout.model import Address
from city.fanout.smpp import SmppChannel, SmppLink, Smsc, parts, relative
from city.fanout.smpp_pdu import Command, Malformed, Pdu, Short, c_string
from city.fanout.sms import HttpGateway, SmsRules, alphabet, compose
from city.kernel.text import Text
from hypothesis import given
from hypothesis import strategies as st

from infra.simulators.smsc import KEY, PASSWORD, SYSTEM_ID

LAN = "+84900000001"
LONG = Text(
    vi="Nước sông Hương dâng nhanh, đường Bà Triệu ngập sâu. " * 9, en="The river rises. " * 40
)
GSM = st.text(st.sampled_from(BASIC.replace("\x1b", "") + "".join(EXTENDED)), max_size=700)
VIETNAMESE = st.text(st.sampled_from("aăâđêôơưáàảãạẤẦỰỳ 😀xyz"), max_size=400)


@given(GSM)
def test_seven_bit_segments_join_to_the_text_and_cut_no_letter(text: str) -> None:
    made = split(text, "gsm7")
    assert "".join(read(part, "gsm7") for part in made) == text
    assert all(len(part) <= (153 if len(made) > 1 else 160) for part in made)


@given(VIETNAMESE)
def test_ucs2_segments_join_to_the_text_and_cut_no_letter(text: str) -> None:
    made = split(text, "ucs2")
    assert "".join(read(part, "ucs2") for part in made) == text
    assert all(len(part) <= (134 if len(made) > 1 else 140) for part in made)


def test_our_alphabet_is_the_one_of_another_implementation() -> None:
    for letter in (*BASIC, *EXTENDED):
        if letter in "\x1b`§\f":  # smpplib writes "`" for §, and has no form feed
            continue
        assert split(letter, "gsm7") == [smpplib.gsm.gsm_encode(letter)], letter


def test_vietnamese_without_its_marks() -> None:
    assert plain("Lũ khẩn cấp: Đường Bà Triệu ngập ≥ 0,5 m…") == (
        "Lu khan cap: Duong Ba Trieu ngap >= 0,5 m..."
    )
    assert fits_gsm7(plain("ẰẲẴẶỂỘỠỮỲỴ đ 😀"))


@pytest.mark.parametrize("letters", ["gsm7", "ucs2"])
@pytest.mark.parametrize("segments", [1, 2, 3])
def test_a_text_fits_its_segments_and_keeps_its_link(letters: Any, segments: int) -> None:
    rules = SmsRules(alphabet=letters, segments=segments)
    text = compose(delivery(body=LONG).notice, "vi", rules, BASE_URL)
    assert alphabet(text) == letters
    assert len(split(text, letters)) == segments
    assert text.endswith(f" {BASE_URL}/warnings/alert-1")
    assert text.startswith("Lu khan cap" if letters == "gsm7" else "Lũ khẩn cấp")
    short = compose(delivery().notice, "en", SmsRules(), BASE_URL)
    assert short == (f"Flood on the Huong. Above alarm III. Go up. {BASE_URL}/warnings/alert-1")


def gateway(other: Other, key: str = KEY) -> HttpGateway:
    return HttpGateway(other.out, f"{other.address}/sms", key, SmsRules(), BASE_URL)


def test_the_gateway_takes_a_message_once() -> None:
    async def test(other: Other) -> None:
        for _ in range(2):
            assert (await sent(gateway(other), LAN)).verdict == "accepted"
        (kept,) = await other.got()
        assert kept["text"].startswith("Lu khan cap tren song Huong. Nuoc")
        assert (await sent(gateway(other, "wrong"), LAN)).verdict == "refused"
        await other.dial("*", status=429, retry_after=3)
        busy = await sent(gateway(other), "+84900000002")
        assert (busy.verdict, busy.retry_after_s) == ("later", 3)
        lost = HttpGateway(other.out, f"{other.address}/nothing", KEY, SmsRules(), BASE_URL)
        assert (await sent(lost, LAN)).verdict == "refused"

    against("smsc", test)


def smsc(other: Other, **changes: Any) -> Smsc:
    told = {"host": "localhost", "port": other.port, "system_id": SYSTEM_ID, "password": PASSWORD}
    return Smsc(**{**told, **changes})


def smpp(other: Other, rules: SmsRules | None = None, **changes: Any) -> SmppChannel:
    told = smsc(other, **changes)
    return SmppChannel(other.out, SmppLink(told), told, rules or SmsRules(), BASE_URL)


@pytest.mark.parametrize("segmentation", ["udh", "payload"])
@pytest.mark.parametrize("letters", ["gsm7", "ucs2"])
def test_a_long_text_arrives_whole(letters: Any, segmentation: str) -> None:
    async def test(other: Other) -> None:
        rules = SmsRules(alphabet=letters)
        channel = smpp(other, rules, segmentation=segmentation)
        told = delivery(body=LONG)
        assert (await sent(channel, LAN, told)).verdict == "accepted"
        (kept,) = await other.got()
        assert kept["text"] == compose(told.notice, "vi", rules, BASE_URL)
        assert kept["segments"] == (2 if segmentation == "udh" else 1)
        assert (kept["to"], kept["source"]) == (LAN, "HUE-S")
        for _ in range(100):
            if channel.link.reports["DELIVRD"]:
                break
            await asyncio.sleep(0.02)
        assert channel.link.reports["DELIVRD"] == kept["segments"]
        await channel.link.close()

    against("smsc", test)


def test_many_numbers_through_a_narrow_window() -> None:
    async def test(other: Other) -> None:
        channel = smpp(other, window=3)
        to = [Address(id=f"u/{n}", channel="sms", endpoint=f"+849{n:08}") for n in range(200)]
        assert set((await sent_to_all(channel, to)).values()) == {"accepted"}
        assert {m["to"] for m in await other.got()} == {a.endpoint for a in to}
        await channel.link.close()

    against("smsc", test)


@pytest.mark.parametrize(
    ("status", "meant", "after"),
    [(0x58, "later", 1), (0x14, "later", 1), (0x08, "later", 0), (0x0B, "gone", 0),
     (0x45, "later", 0), (0x66, "refused", 0)],
)  # fmt: skip
def test_what_a_message_centre_answers(status: int, meant: str, after: float) -> None:
    async def test(other: Other) -> None:
        channel = smpp(other)
        await other.dial(LAN, status=status)
        receipt = await sent(channel, LAN)
        assert (receipt.verdict, receipt.retry_after_s) == (meant, after)
        assert (await sent(channel, LAN)).verdict == "accepted"
        await channel.link.close()

    against("smsc", test)


def test_no_answer_no_centre_and_a_wrong_password_are_later() -> None:
    async def test(other: Other) -> None:
        channel = smpp(other, timeout_s=0.2)
        await other.dial(LAN, status=0)
        assert (await sent(channel, LAN)).verdict == "later"
        assert (await sent(channel, LAN)).verdict == "accepted"  # a new session
        assert (await sent(smpp(other, password="wrong"), LAN)).verdict == "later"
        assert (await sent(smpp(other, port=1), LAN)).verdict == "later"
        long = await sent(smpp(other), "+" + "9" * 30)
        assert long.verdict == "refused"
        await channel.link.close()

    against("smsc", test)


def test_a_session_that_was_quiet_is_asked_before_it_is_trusted() -> None:
    async def test(other: Other) -> None:
        channel = smpp(other, quiet_s=0)
        assert (await sent(channel, LAN)).verdict == "accepted"
        assert (await sent(channel, LAN)).verdict == "accepted"
        session = channel.link._session
        assert session and session.sequence == 4  # bind, submit, enquire_link, submit
        session.writer.transport.abort()  # the line was cut while nobody looked
        await asyncio.sleep(0)
        assert (await sent(channel, LAN)).verdict == "accepted"
        assert channel.link._session is not session
        await channel.link.close()

    against("smsc", test)


def test_another_implementation_reads_what_we_write() -> None:
    told = delivery(body=LONG)
    text = compose(told.notice, "vi", SmsRules(alphabet="ucs2"), BASE_URL)
    for segmentation in ("udh", "payload"):
        plain_one = Short(
            source="HUE-S", destination="84900000001", octets=b"", registered=1,
            valid_for=relative(90_061),
        )  # fmt: skip
        for short in parts(plain_one, text, 7, segmentation):
            raw = Pdu(Command.SUBMIT_SM, 9, body=short.pack()).pack()
            theirs = smpplib.smpp.parse_pdu(raw, client=None, need_sequence=False)
            assert (theirs.source_addr, theirs.destination_addr) == (b"HUE-S", b"84900000001")
            assert theirs.data_coding == smpplib.consts.SMPP_ENCODING_ISO10646
            assert theirs.validity_period == b"000001010101000R"
            if segmentation == "payload":
                assert theirs.message_payload.decode("utf-16-be") == text
            else:
                assert theirs.short_message == short.octets
                assert theirs.esm_class == smpplib.consts.SMPP_GSMFEAT_UDHI
            assert Short.unpack(short.pack()) == short


def test_another_implementations_client_is_served_by_our_simulator() -> None:
    """smpplib binds, sends a long text in its own segments and gets its receipts."""
    text = "Nước sông Hương dâng nhanh. " * 8
    receipts: list[bytes] = []

    def talk(port: int) -> None:
        client = smpplib.client.Client("localhost", port, allow_unknown_opt_params=True)
        client.set_message_received_handler(lambda pdu: receipts.append(pdu.short_message))
        client.connect()
        client.bind_transceiver(system_id=SYSTEM_ID, password=PASSWORD)
        cut, coding, esm_class = smpplib.gsm.make_parts(text, smpplib.consts.SMPP_ENCODING_ISO10646)
        for part in cut:
            client.send_message(
                source_addr_ton=5, source_addr="THEM", dest_addr_ton=1,
                destination_addr="84900000009", short_message=part, data_coding=coding,
                esm_class=esm_class, registered_delivery=True,
            )  # fmt: skip
        while len(receipts) < len(cut):
            client.read_once()
        client.unbind()
        client.disconnect()

    async def test(other: Other) -> None:
        thread = threading.Thread(target=talk, args=(other.port,), daemon=True)
        thread.start()
        await asyncio.to_thread(thread.join, 8)
        assert not thread.is_alive()
        (kept,) = await other.got()
        assert (kept["text"], kept["to"]) == (text, "+84900000009")
        assert all(b"stat:DELIVRD" in told for told in receipts)

    against("smsc", test)


@given(st.binary(max_size=200))
def test_octets_that_are_no_message_are_malformed_and_nothing_else(raw: bytes) -> None:
    for read_it in (Pdu.unpack, Short.unpack):
        try:
            read_it(raw)
        except Malformed:
            continue


def test_fields_that_are_too_long_are_refused() -> None:
    with pytest.raises(Malformed):
        c_string("x" * 21, 21)
    with pytest.raises(Malformed):
        Short(source="a", destination="b", octets=b"x" * 255).pack()
