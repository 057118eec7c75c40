"""The same schedules with the real saga of bills (`city.bills.saga`) for the worker, the clock's
questions and the callbacks, in place of the small one that the ledger's own tests have."""

import json
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from billing import FINAL_AFTER, BillerBook
from city.adapters.outbox import Outbox, together
from city.adapters.table_memory import MemoryTable
from city.billers.port import BillerUnavailable
from city.billers.traits import Register
from city.bills import saga
from city.bills.desk import Desk
from city.ledger import changes
from city.ledger.workflow import State
from turns import TurnTable

from soak.schedule import Message, Schedule

BILLERS = Path(__file__).resolve().parents[2] / "infra/seed/data/billers.json"


@cache
def _register() -> Register:
    """The biller of the schedules: open at any hour, "not found" final as its book has it."""
    row = next(each for each in json.loads(BILLERS.read_text("utf-8")) if each["id"] == "evn")
    final = int(FINAL_AFTER.total_seconds())
    return Register([{**row, "closed": None, "not_found_final_after_s": final}])


class Line:
    """The book behind the port of billers; it gives no statements."""

    id = "evn"

    def __init__(self, book: BillerBook) -> None:
        self._book = book

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book, name)

    def statement(self, day: object) -> Any:
        """None is ever ready.

        Raises:
            BillerUnavailable: always.
        """
        raise BillerUnavailable(f"statement {day}")


class SagaSchedule(Schedule):
    """One seed's world, with the city's own saga. Its queue delivers early, late and twice."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        own, line = TurnTable(MemoryTable(), self.turns), Line(self.biller)
        self.desk = Desk(
            ledger=self.ledger,
            table=own,
            outbox=Outbox(own, self.books.bus),
            register=_register(),
            biller=lambda _: line,
            to_pay=self,
            secret="s",
            base_url="http://localhost",
        )

    def send_all(self, bodies: Sequence[dict[str, Any]], delay_s: int = 0) -> None:
        """The queue `bills-to-pay`: `Later`."""
        for body in bodies:
            act = partial(self.work, body["payment_id"])
            self.late.append(Message(f"again {body['payment_id'][-4:]} {delay_s}", act))

    def work(self, payment_id: str) -> None:
        """A message of the queue, as `functions/bills` takes it."""
        with together():
            saga.attend(self.desk, payment_id)

    def hear(self, ref: str) -> None:
        """A callback whose signature was good, as `city.bills.hearing` takes it."""
        payment = changes.get(self.ledger, ref)
        if payment.state is not State.HELD:
            saga.take(self.desk, payment, self.biller.says(ref), "callback")
