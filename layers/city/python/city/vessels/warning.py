"""Words for the skipper of one boat: near a line, over it, not heard."""

from datetime import datetime, timedelta
from typing import Literal

from city.contracts.vessels import SkippersWarned
from city.kernel.ids import derived_id
from city.kernel.text import Text, text
from city.vessels.model import Boat, Zone

LASTS = timedelta(hours=6)
LINK = "/me/vessels"
_APPROACH = text(
    "Tàu {boat} đang gần ranh giới",
    "Boat {boat} is near a line",
), text(
    "Tàu đang ở gần “{zone}”. Hãy kiểm tra vị trí và đổi hướng, đừng vượt qua.",
    "The boat is near “{zone}”. Check your position and turn; do not cross.",
)  # fmt: skip
_CROSSED = text(
    "Tàu {boat} đã vượt ranh giới",
    "Boat {boat} has crossed a line",
), text(
    "Hai vị trí liên tiếp nằm ngoài “{zone}”. Hãy quay lại ngay và báo đài bờ.",
    "Two positions in a row lie beyond “{zone}”. Turn back now and call the coast station.",
)  # fmt: skip
_SILENCE = text(
    "Không nhận được vị trí tàu {boat}",
    "No position of boat {boat}",
), text(
    "Thiết bị giám sát đã im quá 6 giờ. Hãy báo vị trí bằng bộ đàm mỗi 6 giờ và đưa tàu về cảng "
    "trong 10 ngày nếu thiết bị hỏng.",
    "The device has been silent for over 6 hours. Report by radio every 6 hours, and return to "
    "port within 10 days if it is broken.",
)  # fmt: skip
WORDS: dict[str, tuple[Text, Text]] = {
    "approach": _APPROACH, "crossed": _CROSSED, "silence": _SILENCE,
}  # fmt: skip


def warned(
    boat: Boat,
    about: Literal["approach", "crossed", "silence"],
    since: datetime,
    now: datetime,
    zone: Zone | None = None,
) -> tuple[str, SkippersWarned, datetime] | None:
    """The event for the owner's account; None where the city knows none."""
    if boat.account is None:
        return None
    headline, body = WORDS[about]
    notice = derived_id(since, boat.id, about, zone.id if zone else "")
    told = SkippersWarned(
        notice_id=notice,
        revision=1,
        headline=headline.format(boat=boat.registration),
        body=Text(
            vi=body.vi.format(zone=zone.name.vi if zone else ""),
            en=body.en.format(zone=zone.name.en if zone else ""),
        ),
        persons=(boat.account,),
        link=LINK,
        at=now,
        expires=now + LASTS,
        about=about,
    )
    return notice, told, now
