"""Callbacks from billers: signed, at least once, in any order. Each is an answer like any other."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus

from city.billers.callbacks import BadSignature, verified
from city.billers.http import Unclear, answer_of
from city.billers.port import NotFound as Unknown
from city.bills import saga
from city.bills.desk import Desk
from city.kernel.problems import BadRequest, Problem
from city.kernel.text import text
from city.ledger.book import read_payment
from city.ledger.workflow import State


class NotSigned(Problem):
    """The signature does not hold."""

    status = HTTPStatus.UNAUTHORIZED
    slug = "bad-signature"
    title = text("Chữ ký không hợp lệ", "Bad signature")
    detail = text("Chữ ký của thông báo không hợp lệ.", "The message's signature does not hold.")


def hear(
    desk: Desk, biller: str, headers: Mapping[str, str], body: bytes, secret: Callable[[str], str]
) -> None:
    """Take a biller's word about a payment. Twice, late and out of order change nothing more:
    the payment's own state decides.

    Raises:
        NotSigned: not from this biller. BadRequest: not about a payment.
    """
    key = secret(biller)
    try:
        if not key:
            raise BadSignature(biller)
        verified(key, headers, body, desk.now)
    except BadSignature as fault:
        raise NotSigned from fault
    try:
        told = json.loads(body)
        answer = answer_of(told, str(told["ref"]))
    except (ValueError, KeyError, TypeError, AttributeError, Unclear) as fault:
        raise BadRequest(vi="Thông báo không đọc được.", en="The message is unclear.") from fault
    payment = read_payment(desk.ledger.table, str(told["ref"]))
    mine = payment is not None and payment.bill is not None and payment.bill.biller == biller
    if payment is None or not mine or isinstance(answer, Unknown):
        return  # nothing of ours: said 204 all the same, so that it is not sent again
    if payment.state is State.HELD:
        return  # we never asked: whatever this is about, it pays nothing
    saga.take(desk, payment, answer, "callback")
