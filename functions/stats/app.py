"""Triggers of the unit `stats`."""

from city.adapters.http import Reply, Unit
from city.adapters.stores import table
from city.adapters.trace import note
from city.contracts.envelope import CloudEvent
from city.contracts.reports import REPORT_EVENTS, ReportChanged
from city.kernel.clock import utc_now
from city.kernel.page import Page
from city.stats import service, views
from city.stats.model import AgencyScore, ScoresQuery, Statistics, StatisticsQuery
from city.stats.store import Counts

app = Unit("stats")
CACHED = {"Cache-Control": "public, max-age=30"}


@app.get("/v1/statistics/reports", shape=Statistics)
def reports(query: StatisticsQuery) -> Reply:
    """The city's figures about reports at the end of a day."""
    figures = views.statistics(Counts(table("stats")), query, utc_now())
    return Reply(figures, headers=CACHED)


@app.get("/v1/statistics/reports.csv", media_types=("text/csv",))
def reports_csv(query: StatisticsQuery) -> Reply:
    """Received, resolved and ineligible reports by month, as CSV."""
    figures = views.monthly_csv(Counts(table("stats")), query, utc_now())
    return Reply(figures, headers=CACHED, media_type="text/csv; charset=utf-8")


@app.get("/v1/statistics/agencies", shape=Page[AgencyScore])
def agencies(query: ScoresQuery) -> Reply:
    """How agencies keep their promises at the end of a day."""
    return Reply(views.scores(Counts(table("stats")), query, utc_now()), headers=CACHED)


@app.listen(*REPORT_EVENTS.values())
def count(event: ReportChanged, _: CloudEvent) -> None:
    """Count a step of a report."""
    note(report_id=event.report_id, seq=event.seq)
    note(counted=service.count(Counts(table("stats")), event))


events = app.events
