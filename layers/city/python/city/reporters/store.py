"""The link between people and reports, kept apart from both.

Only the functions of `reports` (to know its own reporter, and to forget people), `open311` (to file
for a partner) and `notify` (to reach people) may open this table; `template.yaml` grants it to no
other. Rows go both ways: `R#<report>` / `U#<user>` and `U#<user>` / `R#<report>` (ULIDs sort by
time).
"""

from datetime import datetime
from typing import Any, Literal

from city.adapters.table import ABSENT, ANY, CommitConflict, Delete, Put, Row, Table, everything
from city.kernel.clock import stamp

Bond = Literal["reporter", "follower"]


class Reporters:
    """The vault over its table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def link(
        self,
        report_id: str,
        user_id: str,
        bond: Bond,
        at: datetime,
        contact: dict[str, Any] | None = None,
    ) -> None:
        """Bind a person to a report. A second time changes nothing; a reporter stays one."""
        doc = {"bond": bond, "at": stamp(at), **({"contact": contact} if contact else {})}
        try:
            self._table.commit(
                Put(Row(f"R#{report_id}", f"U#{user_id}", doc), ABSENT),
                Put(Row(f"U#{user_id}", f"R#{report_id}", doc), ANY),
            )
        except CommitConflict:
            return

    def unfollow(self, report_id: str, user_id: str) -> None:
        """Stop following; a reporter cannot be unbound this way."""
        if self.bond(report_id, user_id) == "follower":
            self._table.commit(
                Delete(f"R#{report_id}", f"U#{user_id}"), Delete(f"U#{user_id}", f"R#{report_id}")
            )

    def bond(self, report_id: str, user_id: str) -> Bond | None:
        """How a person is bound to a report."""
        row = self._table.get(f"R#{report_id}", f"U#{user_id}")
        bond: Bond | None = row.doc["bond"] if row else None
        return bond

    def people(self, report_id: str) -> list[tuple[str, Bond]]:
        """Everybody bound to a report: `(user_id, bond)`."""
        rows = everything(self._table, f"R#{report_id}", prefix="U#", bound=100_000)
        return [(row.sk[2:], row.doc["bond"]) for row in rows]

    def reports_of(
        self, user_id: str, *, limit: int, after: str | None
    ) -> tuple[list[tuple[str, Bond]], str | None]:
        """A person's reports, newest first, and where to go on."""
        rows, following = self._table.query(
            f"U#{user_id}", prefix="R#", limit=limit, after=after, reverse=True
        )
        return [(row.sk[2:], row.doc["bond"]) for row in rows], following

    def everything_of(self, user_id: str) -> list[tuple[str, dict[str, Any]]]:
        """All of a person's bonds, oldest first: `(report_id, {bond, at, contact?})`."""
        rows = everything(self._table, f"U#{user_id}", prefix="R#", bound=100_000)
        return [(row.sk[2:], row.doc) for row in rows]

    def forget(self, user_id: str) -> int:
        """Cut every bond of a person; how many there were. The reports stay, nobody's."""
        bonds = self.everything_of(user_id)
        for report_id, _ in bonds:
            self._table.commit(
                Delete(f"R#{report_id}", f"U#{user_id}"), Delete(f"U#{user_id}", f"R#{report_id}")
            )
        return len(bonds)

    def forget_report(self, report_id: str) -> int:
        """Cut everybody's bond to a report; how many there were."""
        people = self.people(report_id)
        for user_id, _ in people:
            self._table.commit(
                Delete(f"R#{report_id}", f"U#{user_id}"), Delete(f"U#{user_id}", f"R#{report_id}")
            )
        return len(people)
