"""How a payment in doubt is to end: proposed by one person, decided by another.

A unit keeps its proposals in its own table, one for a payment, beside its list of payments in
doubt: a partition of that table whose sort keys are the payments' ids.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel

from city.adapters.table import ABSENT, CommitConflict, Delete, Put, Row, Table
from city.contracts.privacy import DataSeen
from city.kernel.people import Principal
from city.kernel.problems import Problem
from city.kernel.text import text
from city.ledger.model import Payment

_SK = "PROPOSAL"


class SecondPerson(Problem):
    """Whoever proposed does not decide."""

    status = 409
    slug = "second-person-needed"
    title = text("Cần người thứ hai", "A second person is needed")
    detail = text(
        "Người đề xuất không được tự duyệt. Cần một quản trị viên khác.",
        "Whoever proposed cannot approve. Another administrator is needed.",
    )


class NotACase(Problem):
    """Nothing here waits for a decision, or not for this one any more."""

    status = 409
    slug = "not-a-case"
    title = text("Không chờ quyết định", "Nothing to decide")
    detail = text(
        "Việc này không chờ quyết định, hoặc đề xuất đã thay đổi. Xin tải lại.",
        "Nothing here waits for a decision, or the proposal has changed. Please reload.",
    )


class Proposed(BaseModel, frozen=True):
    """On what evidence somebody would end a payment, and who agreed. `receipt` is the other side's
    number for it; how it ends is the unit's own field."""

    evidence: str
    receipt: str = ""
    by: str
    at: datetime
    version: int = 1
    decided_by: str | None = None

    def grounds(self) -> str:
        """What the ledger keeps with a payment that two persons ended."""
        return f"{self.by} + {self.decided_by}: {self.evidence}"


P = TypeVar("P", bound=Proposed)


@dataclass(frozen=True, slots=True)
class Proposals(Generic[P]):
    """A unit's proposals. Who comes after somebody faster is refused with `NotACase`."""

    table: Table
    kind: type[P]

    def of(self, payment_id: str) -> P | None:
        """The proposal for a payment."""
        row = self.table.get(_pk(payment_id), _SK)
        return self.kind.model_validate(row.doc) if row else None

    def among(self, payments: Iterable[Payment]) -> set[str]:
        """The ids of those payments that have one."""
        found = self.table.get_many([(_pk(payment.id), _SK) for payment in payments])
        return {pk.removeprefix("P#") for pk, _ in found}

    def keep(self, payment_id: str, made: P, acts: Sequence[Put]) -> None:
        """Keep the next version, and whose act it was.

        Raises:
            NotACase: the version before it is not the one that is kept.
        """
        row = Row(_pk(payment_id), _SK, made.model_dump(mode="json"), version=made.version)
        self._commit(Put(row, made.version - 1 or ABSENT), *acts)

    def drop(self, payment_id: str, seen: P, acts: Sequence[Put]) -> None:
        """Forget a proposal that was not agreed to, and keep who did not agree.

        Raises:
            NotACase: it is another one by now.
        """
        self._commit(Delete(_pk(payment_id), _SK, seen.version), *acts)

    def _commit(self, *operations: Put | Delete) -> None:
        try:
            self.table.commit(*operations)
        except CommitConflict as error:
            raise NotACase from error


def listed(
    ledger: Table, own: Table, pk: str, after: str | None, limit: int
) -> tuple[list[Payment], str | None]:
    """The payments of a unit's list, oldest first, as the ledger has them now, and where to go on;
    fewer than `limit` when the list is behind."""
    rows, more = own.query(pk, after=after, limit=limit)
    keys = [(_pk(row.sk), "A") for row in rows]
    found = ledger.get_many(keys)
    return [Payment.model_validate(found[key].doc) for key in keys if key in found], more


def looked(
    payment: Payment, owner: str, who: Principal, what: str, seen_id: str, at: datetime
) -> DataSeen:
    """That somebody looked at a person's payment in doubt, for that person's access log."""
    role = "administrator" if "administrator" in who.roles else "auditor"
    return DataSeen(
        seen_id=seen_id, subject=owner, by=who.user_id, by_role=role, by_unit=who.unit, what=what,
        purpose="payment_case", case=payment.id, at=at,
    )  # fmt: skip


def _pk(payment_id: str) -> str:
    return f"P#{payment_id}"
