"""What wakes `settlement`: the clock in the night, administrators and auditors."""

import json

from city.adapters import acts
from city.adapters.files import BucketFiles
from city.adapters.http import Reply, Unit
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.bank.client import HttpBank
from city.billers.http import HttpBiller
from city.billers.traits import Register
from city.contracts.envelope import CloudEvent
from city.contracts.privacy import PersonalDataRequested
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.ledger.opening import open_ledger
from city.settlement import deciding, running, views
from city.settlement.acting import Office
from city.settlement.bank import BankSource
from city.settlement.billers import BillerSource
from city.settlement.deciding import Decide
from city.settlement.model import Difference
from city.settlement.sources import BANK, BILLER, Source, Sources
from city.settlement.store import Settlements
from city.settlement.views import Again, FindingsQuery, FindingView, RunCard, RunsQuery, RunView

app = Unit("settlement")
events = app.events


def office() -> Office:
    """What reconciling needs, in this process, now."""
    store = Settlements(table("settlement"), outbox("settlement"))
    return Office(store=store, ledger=open_ledger(), now=utc_now(), new_id=new_id)


def sources(at: Office) -> Sources:
    """The bank, and the billers of today that this city is linked to."""
    linked = json.loads(settings().billers or "{}")
    bank = HttpBank(settings().bank_url, settings().bank_key, utc_now)
    found: dict[str, Source] = {BANK: BankSource(bank, at.ledger)}
    for traits in Register.of(reference()).at(at.now):
        if traits.id in linked:
            biller = HttpBiller(traits.id, linked[traits.id]["url"], linked[traits.id]["key"])
            found[f"{BILLER}{traits.id}"] = BillerSource(biller, traits, at.ledger)
    return found


@app.get("/v1/settlement/runs")
def runs(query: RunsQuery) -> Page[RunCard]:
    """Reconciliations, newest first."""
    return views.runs(office(), query)


@app.post("/v1/settlement/runs", status=201)
def run_again(body: Again, who: Principal) -> RunView:
    """Reconcile a day, as often as wanted: every run is a new one."""
    at = office()
    made = running.run_day(at, BucketFiles(), sources(at), body.day, who.user_id)
    return views.run(at, made.id)


@app.get("/v1/settlement/runs/{id}")
def run(id: str) -> RunView:  # noqa: A002 - the path's own word
    """A run in full: statements read, figures, trial balance, cover."""
    return views.run(office(), id)


@app.get("/v1/settlement/runs/{id}/findings")
def findings(id: str, query: FindingsQuery) -> Page[FindingView]:  # noqa: A002
    """What a run found, reference by reference."""
    return views.findings(office(), BucketFiles(), id, query)


@app.get("/v1/settlement/runs/{id}/findings.csv", media_types=("text/csv",))
def sheet(id: str) -> Reply:  # noqa: A002
    """What a run found, as the sheet that it kept."""
    return views.sheet(office(), BucketFiles(), id)


@app.get("/v1/settlement/runs/{id}/balances.csv", media_types=("text/csv",))
def balances(id: str) -> Reply:  # noqa: A002
    """The trial balance of a run's day."""
    return views.balances(office(), id)


@app.get(
    "/v1/settlement/runs/{id}/statements/{source}", media_types=("text/csv", "application/json")
)
def statement(id: str, source: str) -> Reply:  # noqa: A002
    """A statement that a run read, as it came."""
    return views.statement(office(), BucketFiles(), id, source)


@app.get("/v1/settlement/differences")
def waiting(query: PageQuery) -> Page[Difference]:
    """Differences that are open or wait for two persons."""
    return deciding.waiting(office(), query)


@app.post("/v1/settlement/differences/decide", idempotent=False)
def decide(body: Decide, who: Principal) -> Difference:
    """Propose how a case ends, or confirm what somebody else proposed."""
    return deciding.decide(office(), body, who)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    acts.hand_over(asked, "settlement", acts.BOOKS)


@app.every(minutes=60)
def reconcile() -> None:
    """Reconcile days that are over and were not balanced yet."""
    at = office()
    for day in running.due(at):
        made = running.run_day(at, BucketFiles(), sources(at), day, acts.CLOCK)
        note(**{f"day_{day}": made.state.value})
