"""Quotes: what a bill is, signed by us for one person for a quarter of an hour (JWS, HS256)."""

import hashlib
import hmac
from datetime import datetime, timedelta

import jwt
from pydantic import BaseModel, ValidationError

from city.billers.port import Bill
from city.kernel.problems import invalid

LIFE = timedelta(minutes=15)


class Quote(BaseModel, frozen=True):
    """What was shown."""

    sub: str
    biller: str
    customer_code: str
    bill: Bill
    exp: int

    def over(self, now: datetime) -> bool:
        """Whether it is too old."""
        return now.timestamp() >= self.exp


def _key(secret: str) -> bytes:
    return hmac.new(secret.encode(), b"bills quote", hashlib.sha256).digest()


def quoted(
    secret: str, owner: str, biller: str, customer_code: str, bill: Bill, now: datetime
) -> tuple[str, datetime]:
    """The signed quote, and until when it is good."""
    until = now + LIFE
    quote = Quote(
        sub=owner,
        biller=biller,
        customer_code=customer_code,
        bill=bill,
        exp=int(until.timestamp()),
    )
    return jwt.encode(quote.model_dump(mode="json"), _key(secret), algorithm="HS256"), until


def read_quote(secret: str, token: str, owner: str) -> Quote:
    """What we signed for this person; its age is looked at where it matters.

    Raises:
        Invalid: not ours, altered, or somebody else's.
    """
    try:
        claims = jwt.decode(
            token, _key(secret), algorithms=["HS256"],
            options={"verify_exp": False, "require": ["exp", "sub"]},
        )  # fmt: skip
        quote = Quote.model_validate(claims)
    except (jwt.PyJWTError, ValidationError) as fault:
        raise _refused() from fault
    if quote.sub != owner:
        raise _refused()
    return quote


def _refused() -> Exception:
    return invalid("quote", "Báo giá không phải của bạn.", "This quote is not yours.")
