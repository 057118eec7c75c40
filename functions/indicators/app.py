"""What wakes `indicators`: whoever looks, and agencies that enter and release."""

from city.adapters import acts
from city.adapters.http import Reply, Unit
from city.adapters.reference import reference
from city.adapters.stores import table
from city.adapters.trace import note
from city.contracts.envelope import CloudEvent
from city.contracts.privacy import PersonalDataRequested
from city.indicators import documents, entering, views
from city.indicators.entering import Action, CheckedEntries, Desk, NewSubmission, SubmissionDecision
from city.indicators.store import Store
from city.kernel.clock import local_date, utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal, Role
from city.kernel.problems import Forbidden, NotFound

app = Unit("indicators")
events = app.events
CACHED = {"Cache-Control": "public, max-age=30"}
WRITERS = (Role.AGENCY_HEAD.value, Role.AGENCY_OFFICER.value)
ACTIONS: dict[str, Action] = {
    "release": "release",
    "send_back": "send_back",
    "withdraw": "withdraw",
}


def desk() -> Desk:
    """Everything the use cases need, in this process, now."""
    now = utc_now()
    held = table("indicators")
    return Desk(
        store=Store(held),
        catalogue=documents.catalogue(held, now),
        city=reference(),
        now=now,
        today=local_date(now),
        new_id=new_id,
    )


def _agency(who: Principal) -> str:
    """The agency whose figures one enters."""
    posts = sorted(unit for role, unit in who.posts if role in WRITERS)
    agency = posts[0] if posts else who.unit
    if agency is None:
        raise Forbidden
    return agency


@app.get("/v1/indicators", shape=Page[views.IndicatorCard])
def listing(query: views.IndicatorsQuery) -> Reply:
    """Indicators with their values for the whole city."""
    return Reply(views.listing(desk(), query), headers=CACHED)


@app.get("/v1/indicators/{code}", shape=views.IndicatorCard)
def show(code: str) -> Reply:
    """One indicator."""
    return Reply(views.indicator(desk(), code), headers=CACHED)


@app.get("/v1/indicators/{code}/values", shape=Page[views.IndicatorFigure])
def values(code: str, query: views.ValuesQuery) -> Reply:
    """The rows behind an indicator, by area and period."""
    return Reply(views.values(desk(), code, query), headers=CACHED)


@app.get("/v1/indicators/{code}/values.csv", media_types=("text/csv",))
def sheet(code: str) -> Reply:
    """The rows behind an indicator as CSV."""
    made = views.sheet(desk(), code)
    return Reply(made, headers=CACHED, media_type="text/csv; charset=utf-8")


@app.get("/v1/indicators/{code}/values/{period}/{area}", shape=views.FigureHistory)
def history(code: str, period: str, area: str) -> Reply:
    """A value with every correction."""
    return Reply(views.history(desk(), code, period, area), headers=CACHED)


@app.get("/v1/indicator-releases", shape=Page[views.ReleaseCard])
def releases(query: PageQuery) -> Reply:
    """What was released, newest first."""
    return Reply(views.releases(desk(), query), headers=CACHED)


@app.post("/v1/indicator-submissions/check", idempotent=False)
def check(body: NewSubmission, who: Principal) -> CheckedEntries:
    """Judge values before they are handed in; nothing is saved."""
    return entering.check(desk(), body, who)


@app.get("/v1/indicator-submissions")
def submissions(query: PageQuery, who: Principal) -> Page[views.SubmissionCard]:
    """Submissions of one's agency, newest first."""
    return views.submissions(desk(), _agency(who), query, who.user_id)


@app.post("/v1/indicator-submissions", status=201)
def submit(body: NewSubmission, who: Principal) -> views.SubmissionCard:
    """Hand values in; a second person releases them."""
    at = desk()
    made = entering.submit(at, body, who)
    note(submission=made.id, rows=len(made.rows))
    return views.submission_card(at, made, who.user_id)


@app.get("/v1/indicator-submissions/{id}")
def submission(id: str, who: Principal) -> views.SubmissionCard:  # noqa: A002 - the path's own word
    """One submission of one's agency."""
    at = desk()
    held, _ = entering.found(at, id, who, "submission")
    return views.submission_card(at, held, who.user_id)


@app.post("/v1/indicator-submissions/{id}/actions/{action}")
def act(id: str, action: str, body: SubmissionDecision, who: Principal) -> views.SubmissionCard:  # noqa: A002
    """Release, send back or withdraw."""
    at = desk()
    if action not in ACTIONS:
        entering.found(at, id, who, "act")
        raise NotFound(what=f"thao tác / action {action[:20]}")
    made = entering.act(at, id, ACTIONS[action], body, who)
    note(submission=made.id, state=made.state.value)
    return views.submission_card(at, made, who.user_id)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    acts.hand_over(asked, "indicators")
