"""Rows of the table `partners`.

A#<app>      APP             a mini app with its versions
             LOG#<seq>       who did what
             V#<number>      a version that another replaced
S#<state>    <since>#<app>   apps with a version in that state, longest first
O#<org>      A#<app>         an organisation's apps
             SIGNED#<n>      the version of the terms that it signed
             HOSTS           where its apps may live
BY#<account>                 what somebody did: `city.adapters.acts`
"""

from collections.abc import Sequence
from datetime import datetime

from city.adapters.acts import did
from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, Check, Delete, Operation, Put, Row, Table, everything
from city.contracts.envelope import Announcement
from city.kernel.clock import stamp
from city.partners.model import AllowedHosts, AppLogLine, AppSignature, PartnerApp
from city.partners.workflow import AppState

Event = tuple[str, Announcement, datetime]
APPS_BOUND = 200  # of one organisation
KEPT_BY = (
    "Hồ sơ thẩm định và điều khoản đã ký: Luật Lưu trữ 33/2024/QH15, Luật Giao dịch điện tử "
    "20/2023/QH15 (chưa đối chiếu điều khoản) / reviews are records, signed terms are a contract "
    "(articles not checked)"
)
LOG_SHOWN = 50


class Partners:
    """The table of mini apps."""

    def __init__(self, table: Table, outbox: Outbox) -> None:
        self._table, self._outbox = table, outbox

    def get(self, app_id: str) -> tuple[PartnerApp, int] | None:
        """An app and its version."""
        row = self._table.get(f"A#{app_id}", "APP")
        return (PartnerApp.model_validate(row.doc), row.version) if row else None

    def many(self, ids: Sequence[str]) -> list[PartnerApp]:
        """Those that exist, in the order asked for."""
        keys = [(f"A#{each}", "APP") for each in ids]
        found = self._table.get_many(keys)
        return [PartnerApp.model_validate(found[key].doc) for key in keys if key in found]

    def add(self, app: PartnerApp, line: AppLogLine) -> None:
        """Keep a new one.

        Raises:
            CommitConflict: there is one with this id.
        """
        self._outbox.commit(added(app, line), [])

    def save(
        self,
        before: PartnerApp,
        version: int,
        after: PartnerApp,
        line: AppLogLine,
        events: Sequence[Event],
        signed: int | None = None,
    ) -> None:
        """Keep a changed one with what was done; lists follow. `signed`: only if that version of
        the terms is signed.

        Raises:
            CommitConflict: it changed in the meantime, or the terms are not signed.
        """
        operations: list[Operation] = [
            Put(_app(after, version + 1), version),
            Put(_log(after, line), ABSENT),
            *_done(after, line),
        ]
        old, new = _listed(before), _listed(after)
        operations += [Delete(*key) for key in sorted(old - new)]
        operations += [Put(Row(*key)) for key in sorted(new - old)]
        gone = before.current
        if gone and after.current and gone.number != after.current.number:
            kept = gone.model_copy(update={"state": AppState.REPLACED, "since": line.at})
            row = Row(f"A#{after.id}", f"V#{gone.number:06}", kept.model_dump(mode="json"))
            operations.append(Put(row, ABSENT))
        if signed is not None:
            operations.append(Check(f"O#{after.organisation}", f"SIGNED#{signed:06}", 1))
        self._outbox.commit(operations, list(events))

    def waiting(
        self, state: AppState, after: str | None, limit: int
    ) -> tuple[list[str], str | None]:
        """Ids of apps with a version in a state, those that wait longest first."""
        rows, more = self._table.query(f"S#{state.value}", after=after, limit=limit)
        return [row.sk.partition("#")[2] for row in rows], more

    def of(self, organisation: str) -> list[PartnerApp]:
        """An organisation's apps."""
        rows = everything(self._table, f"O#{organisation}", prefix="A#", bound=APPS_BOUND * 2)
        return self.many([row.sk[2:] for row in rows])

    def log(self, app_id: str) -> list[AppLogLine]:
        """What was done, newest first."""
        rows, _ = self._table.query(f"A#{app_id}", prefix="LOG#", limit=LOG_SHOWN, reverse=True)
        return [AppLogLine.model_validate(row.doc) for row in rows]

    def signature(self, organisation: str, version: int) -> AppSignature | None:
        """The terms as an organisation signed them, if it did."""
        row = self._table.get(f"O#{organisation}", f"SIGNED#{version:06}")
        return AppSignature.model_validate(row.doc) if row else None

    def sign(self, organisation: str, signature: AppSignature) -> None:
        """Keep a signature; it is never written again.

        Raises:
            CommitConflict: there is one.
        """
        done = did(
            signature.at, signature.by, f"{organisation}/terms-{signature.version}", "sign",
            f"{signature.signatory}, {signature.position}",
        )  # fmt: skip
        self._table.commit(Put(signed(organisation, signature), ABSENT), *done)

    def hosts(self, organisation: str) -> tuple[str, ...]:
        """Where an organisation's apps may live."""
        row = self._table.get(f"O#{organisation}", "HOSTS")
        return AllowedHosts.model_validate(row.doc).hosts if row else ()

    def allow(self, organisation: str, allowed: AllowedHosts) -> None:
        """Say where an organisation's apps may live."""
        done = did(allowed.at, allowed.by, organisation, "allow_hosts", " ".join(allowed.hosts))
        self._table.commit(Put(hosts(organisation, allowed)), *done)


def added(app: PartnerApp, line: AppLogLine) -> list[Operation]:
    """What keeps a new app."""
    return [
        Put(_app(app, 1), ABSENT),
        Put(_log(app, line), ABSENT),
        *_done(app, line),
        Put(Row(f"O#{app.organisation}", f"A#{app.id}")),
        *(Put(Row(*key)) for key in sorted(_listed(app))),
    ]


def signed(organisation: str, signature: AppSignature) -> Row:
    """The row of a signature."""
    key = (f"O#{organisation}", f"SIGNED#{signature.version:06}")
    return Row(*key, signature.model_dump(mode="json"))


def hosts(organisation: str, allowed: AllowedHosts) -> Row:
    """The row of an organisation's hosts."""
    return Row(f"O#{organisation}", "HOSTS", allowed.model_dump(mode="json"))


def _app(app: PartnerApp, version: int) -> Row:
    return Row(f"A#{app.id}", "APP", app.model_dump(mode="json"), version=version)


def _log(app: PartnerApp, line: AppLogLine) -> Row:
    return Row(f"A#{app.id}", f"LOG#{app.seq:06}", line.model_dump(mode="json"))


def _done(app: PartnerApp, line: AppLogLine) -> list[Put]:
    return did(line.at, line.by, f"{app.id}/v{line.number}", line.action, line.words)


def _listed(app: PartnerApp) -> set[tuple[str, str]]:
    return {(f"S#{one.state.value}", f"{stamp(one.since)}#{app.id}") for one in app.releases}
