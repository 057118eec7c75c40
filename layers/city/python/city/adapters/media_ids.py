"""Media ids that prove whose upload they are, without asking the unit `media`.

`<ulid>.<tag>`: the tag is an HMAC over the ulid and the owner, so a report can only carry pictures
that its reporter uploaded.
"""

import hashlib
import hmac

from city.kernel.ids import is_ulid

_TAG = 16


def _tag(ulid: str, owner: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"media|{ulid}|{owner}".encode(), hashlib.sha256).hexdigest()[
        :_TAG
    ]


def make(ulid: str, owner: str, secret: str) -> str:
    """The media id of a new upload."""
    return f"{ulid}.{_tag(ulid, owner, secret)}"


def belongs(media_id: str, owner: str, secret: str) -> bool:
    """Whether `owner` made this upload."""
    ulid, _, tag = media_id.partition(".")
    return is_ulid(ulid) and hmac.compare_digest(tag, _tag(ulid, owner, secret))
