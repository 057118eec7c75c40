"""Faults planted in the ledger on purpose, to prove that its tests would find them.

Each is one or more edits of the source of functions, compiled into the running functions and taken
out again. An edit whose words are not there exactly once fails: no mutant dies unnoticed.
"""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

import billing
from city.adapters.outbox import Outbox
from city.ledger import book, changes, folding, locks, payments, sweeping
from city.ledger.model import Payment


@dataclass(frozen=True)
class Edit:
    """In the source of `where`, `old` becomes `new`."""

    where: Any
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A fault, and the invariant that it breaks. `race`: only handlers in between of one another,
    or deaths in between, bring it to light."""

    name: str
    edits: tuple[Edit, ...]
    race: bool = False


def _one(name: str, where: Any, old: str, new: str, *, race: bool = False) -> Mutant:
    return Mutant(name, (Edit(where, old, new),), race)


SENT_AGAIN = (
    Edit(changes._moved, "not allowed(payment.state, action, to)", "False"),
    Edit(
        billing.attend,
        "return again(ledger, biller, payment)",
        "return first(ledger, biller, payment)",
    ),
)

ENTRIES_OVER = (  # the entries' own numbers would guard what the payment's version does not
    Edit(book.book, "as_doc(entry)), ABSENT)", "as_doc(entry)), -2)"),
    Edit(book.book, "sk, doc), ABSENT)", "sk, doc), -2)"),
)

MUTANTS = (
    _one("no key guard", payments._planned, "told), ABSENT)", "told), -2)"),
    _one("no balance floor", payments._take, 'floor={"avail": 0}', "floor={}"),
    _one("no bill lock", locks.lock, "Put(whole, ABSENT)", "Put(whole, -2)"),
    _one("parts without an end", locks.lock, "ceiling=most", "ceiling={}"),
    _one("void keeps the part", locks.unlock, '{"vnd": -payment.amount_vnd}', '{"vnd": 0}'),
    _one("a code is good twice", payments._planned, "Put(used, ABSENT)", "Put(used, -2)"),
    _one("no limit", payments._limited, "ceiling=bound), over", "ceiling={}), over"),
    _one("the payee gets the fee", payments._promise, "payment.credit_vnd", "payment.amount_vnd"),
    _one("legs do not balance", book.paying_legs, "payment.credit_vnd", "payment.amount_vnd"),
    _one("no state guard", changes._moved, "not allowed(payment.state, action, to)", "False"),
    _one("capture keeps what is held", changes.capture, "plan.add(_held(payment, 0))", "pass"),
    _one("void keeps the money", changes.void, "_held(payment, payment.debit_vnd)",
         "_held(payment, 0)"),
    _one("void keeps the limit", changes.void, '"spent": -payment.debit_vnd', '"spent": 0'),
    _one("void keeps the bill", changes.void, "unlock(plan, payment)", "pass"),
    _one("refund opens the bill", changes.refund, "whole and wanted.reopens_bill", "whole"),
    _one("refund without a bound", changes.refund, "wanted.amount_vnd > left", "False"),
    Mutant("refund without a key", (
        Edit(changes.refund, "if done:", "if False:"),
        Edit(changes.refund, "told), ABSENT)", "told), -2)"),
    )),
    Mutant("void by time-out", (
        Edit(billing.first, "changes.doubt(ledger, payment, ledger.now() + ASK_AGAIN)",
             'changes.void(ledger, payment, Proof.REJECTED, "time-out")'),
    )),
    Mutant("not found is final at once", (
        Edit(billing.again, "ledger.now() - sent_at >= FINAL_AFTER", "True"),
    )),
    Mutant("what was sent expires", (
        Edit(sweeping.sweep, "(State.CREATED, State.HELD)", "(State.HELD, State.SENT)"),
        Edit(changes.void, "proof not in PROOFS.get(payment.state, frozenset())", "False"),
    )),
    Mutant("a new reference at each try", (
        Edit(vars(Payment)["reference"].fget, "return self.id",
             'return f"{self.id}-{self.attempts}"'),
        *SENT_AGAIN,
    )),
    _one("a fold leaves the leg", folding._moved,
         "operations.append(Delete(leg.pk, leg.sk, leg.version))", "pass"),
    _one("the event is lost", book.Plan.commit, "self.operations, said",
         "self.operations, said[:0]"),
    _one("a leg is not written", book.book, "for leg in entry.legs:", "for leg in entry.legs[:1]:"),
    # Only between handlers, or deaths, do these show.
    _one("a change is not conditional", book.keep, "before.sequence if before else ABSENT",
         "-2 if before else ABSENT", race=True),
    Mutant("refund guarded by its key alone", (
        Edit(book.keep, "before.sequence if before else ABSENT",
             "-2 if before and after.refunded_vnd else (before.sequence if before else ABSENT)"),
        *ENTRIES_OVER,
    ), race=True),
    Mutant("capture on what was read before", (
        Edit(book.keep, "before.sequence if before else ABSENT",
             "-2 if before and after.captured_at else (before.sequence if before else ABSENT)"),
        *ENTRIES_OVER,
    ), race=True),
    _one("two fold one leg", folding._moved, "leg.version))", "-2))", race=True),
    Mutant("an event outside of the commit", (
        Edit(Outbox.commit, "*(Put(row, ABSENT) for row in rows)", "*()"),
    ), race=True),
)  # fmt: skip


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """With a mutant in place.

    Raises:
        LookupError: the source does not have what the mutant changes.
    """
    sources: dict[Any, str] = {}
    for edit in mutant.edits:
        source = sources.get(edit.where) or inspect.getsource(edit.where)
        if source.count(edit.old) != 1:
            raise LookupError(f"{edit.where.__qualname__} has not once: {edit.old}")
        sources[edit.where] = source.replace(edit.old, edit.new)
    kept = {function: function.__code__ for function in sources}
    try:
        for function, source in sources.items():
            function.__code__ = _compiled(function, source)
        yield
    finally:
        for function, code in kept.items():
            function.__code__ = code


def _compiled(function: FunctionType, source: str) -> CodeType:
    namespace: dict[str, Any] = dict(function.__globals__)
    exec(textwrap.dedent(source), namespace)  # noqa: S102 - our own source, edited
    made = namespace[function.__name__]
    plain: Any = made.fget if isinstance(made, property) else made
    code: CodeType = plain.__code__
    return code
