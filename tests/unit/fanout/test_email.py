"""E-mail through a real SMTP server (aiosmtpd, as the simulator runs it)."""

from email import message_from_string
from email.message import EmailMessage
from email.policy import default

import pytest
from channels_world import BASE_URL, Other, against, delivery, sent, sent_to_all
from city.fanout.email import EmailChannel, MailServer, letter
from city.fanout.model import Address
from city.kernel.text import Text

LAN = "lan@example.org"
FROM = "Hue-S <no-reply@city.example>"


def email(other: Other, url: str = "") -> EmailChannel:
    return EmailChannel(
        other.out, MailServer(url or f"smtp://localhost:{other.port}", FROM), BASE_URL
    )


def parsed(raw: str) -> EmailMessage:
    made = message_from_string(raw, policy=default)
    assert isinstance(made, EmailMessage)
    return made


def test_a_letter_in_both_languages_that_says_what_it_is() -> None:
    async def test(other: Other) -> None:
        channel = email(other)
        title = Text(vi="Ngập đường\r\nBcc: all@example.org", en="Flooded <b>road</b>")
        assert (await sent(channel, LAN, delivery(title=title))).verdict == "accepted"
        (kept,) = await other.got()
        made = parsed(kept["raw"])
        assert made["Subject"] == "Ngập đường Bcc: all@example.org"
        assert made["Bcc"] is None
        assert made["Auto-Submitted"] == "auto-generated"
        assert made["List-Unsubscribe"] == f"<{BASE_URL}/me/places>"
        assert made["Importance"] == "high"
        plain = made.get_body(("plain",))
        rich = made.get_body(("html",))
        assert plain and rich
        words = plain.get_content()
        assert words.index("Nước trên báo động III") < words.index("Above alarm III")
        assert f"{BASE_URL}/warnings/alert-1" in words
        assert "Flooded &lt;b&gt;road&lt;/b&gt;" in rich.get_content()
        await channel.close()

    against("mail", test)


def test_the_same_message_has_the_same_name_and_an_update_stands_in_its_thread() -> None:
    server = MailServer("smtp://x", FROM)
    one, again, newer = (
        letter(delivery(revision=n), "vi", LAN, server, BASE_URL) for n in (1, 1, 2)
    )
    assert one["Message-ID"] == again["Message-ID"] != newer["Message-ID"]
    assert one["References"] == newer["References"]
    assert one["Message-ID"].endswith("@city.example>")


@pytest.mark.parametrize(
    ("status", "meant"), [(450, "later"), (550, "gone"), (552, "refused"), (421, "later")]
)
def test_what_a_mail_server_answers(status: int, meant: str) -> None:
    async def test(other: Other) -> None:
        channel = email(other)
        await other.dial(LAN, status=status)
        assert (await sent(channel, LAN)).verdict == meant
        assert (await sent(channel, LAN)).verdict == "accepted"
        await channel.close()

    against("mail", test)


def test_many_letters_over_few_connections() -> None:
    async def test(other: Other) -> None:
        channel = email(other)
        to = [
            Address(id=f"u/{n}", channel="email", endpoint=f"u{n}@example.org") for n in range(60)
        ]
        assert set((await sent_to_all(channel, to)).values()) == {"accepted"}
        assert {m["to"] for m in await other.got()} == {a.endpoint for a in to}
        for kept in list(channel._free):
            kept.close()  # as a server does with who is quiet for long
        assert (await sent(channel, LAN)).verdict == "accepted"
        await channel.close()

    against("mail", test)


def test_no_server_is_later_and_no_address_is_refused() -> None:
    async def test(other: Other) -> None:
        assert (await sent(email(other, "smtp://localhost:1"), LAN)).verdict == "later"
        assert (await sent(email(other), "lan\n@example.org")).verdict == "refused"

    against("mail", test)
