"""Rows of the table `cards`.

C#<card>    CARD            the card; H#<time>#<n> its history
U#<person>  C#<card>        a person's cards; KIND#<kind> the live one of a kind
REVOKED     <time>#<card>   for the daily list, as long as the card would have held
NONCE       <nonce>         codes that were used, for a while
KEYS        <kid>           sealed keys (`codes.py`)
"""

from datetime import datetime, timedelta

from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, Delete, Operation, Put, Row, Table, everything
from city.cards.model import Card, Step
from city.contracts.envelope import Announcement
from city.kernel.clock import stamp

HISTORY_KEEP = timedelta(days=730)
Event = tuple[str, Announcement, datetime]


class Cards:
    """The table of cards."""

    def __init__(self, table: Table, outbox: Outbox) -> None:
        self._table, self._outbox = table, outbox

    def get(self, card_id: str) -> tuple[Card, int] | None:
        """A card and its version."""
        row = self._table.get(f"C#{card_id}", "CARD")
        return (Card.model_validate(row.doc), row.version) if row else None

    def of(self, holder: str) -> list[Card]:
        """A person's cards, newest first."""
        rows = everything(self._table, f"U#{holder}", prefix="C#")
        keys = [(row.sk, "CARD") for row in reversed(rows)]
        found = self._table.get_many(keys)
        return [Card.model_validate(found[key].doc) for key in keys if key in found]

    def live(self, holder: str, kind: str) -> str | None:
        """The id of the live card of a kind."""
        row = self._table.get(f"U#{holder}", f"KIND#{kind}")
        return str(row.doc["card"]) if row else None

    def issue(self, card: Card, step: Step, event: Event) -> None:
        """Keep a new card.

        Raises:
            CommitConflict: there is a live one of this kind.
        """
        self._outbox.commit(
            [
                Put(_card(card, 1), ABSENT),
                Put(Row(f"U#{card.holder}", f"C#{card.id}"), ABSENT),
                Put(Row(f"U#{card.holder}", f"KIND#{card.kind}", {"card": card.id}), ABSENT),
                Put(_step(card, step, "issued")),
            ],
            [event],
        )

    def revoke(self, card: Card, version: int, step: Step, event: Event) -> None:
        """Keep a card that is over.

        Raises:
            CommitConflict: it changed in the meantime.
        """
        ttl = int(card.valid_to.timestamp())
        marker = Row("REVOKED", f"{stamp(step.at)}#{card.id}", {"card": card.id}, ttl=ttl)
        self._outbox.commit(
            [
                Put(_card(card, version + 1), version),
                Delete(f"U#{card.holder}", f"KIND#{card.kind}"),
                Put(marker),
                Put(_step(card, step, "revoked")),
            ],
            [event],
        )

    def checked(
        self, card: Card, step: Step, check_id: str, nonce: str | None, event: Event
    ) -> None:
        """Keep a check in the history and say that somebody looked; a gated code is used up.

        Raises:
            CommitConflict: the code was used before.
        """
        operations: list[Operation] = [Put(_step(card, step, check_id), ABSENT)]
        if nonce:
            ttl = int((step.at + timedelta(hours=1)).timestamp())
            operations.append(Put(Row("NONCE", nonce, ttl=ttl), ABSENT))
        self._outbox.commit(operations, [event])

    def history(self, card_id: str, after: str | None, limit: int) -> tuple[list[Step], str | None]:
        """What happened to a card, newest first."""
        rows, more = self._table.query(
            f"C#{card_id}", prefix="H#", after=after, limit=limit, reverse=True
        )
        return [Step.model_validate(row.doc) for row in rows], more

    def revoked(self, now: datetime) -> list[str]:
        """Ids of revoked cards that would still hold."""
        rows = everything(self._table, "REVOKED", bound=1_000_000)
        return [row.doc["card"] for row in rows if row.ttl is None or row.ttl > now.timestamp()]

    def pseudonymise(self, card: Card, version: int) -> None:
        """Forget what a card said of its holder.

        Raises:
            CommitConflict: it changed in the meantime.
        """
        bare = card.model_copy(update={"facts": {}})
        self._table.commit(Put(_card(bare, version + 1), version))


def _card(card: Card, version: int) -> Row:
    return Row(f"C#{card.id}", "CARD", card.model_dump(mode="json"), version=version)


def _step(card: Card, step: Step, name: str) -> Row:
    ttl = int((step.at + HISTORY_KEEP).timestamp())
    key = f"H#{stamp(step.at)}#{name}"
    return Row(f"C#{card.id}", key, step.model_dump(mode="json"), ttl=ttl)
