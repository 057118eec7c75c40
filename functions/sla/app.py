"""Triggers of the unit `sla`."""

from city.adapters.http import Unit
from city.adapters.reference import reference
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.contracts.envelope import CloudEvent
from city.contracts.reports import REPORT_EVENTS, ReportChanged
from city.contracts.sla import ClocksTold
from city.kernel.clock import utc_now
from city.kernel.page import Page
from city.kernel.people import Principal
from city.sla import service, views
from city.sla.model import BoardItem, BoardQuery
from city.sla.store import Clocks

app = Unit("sla")


@app.get("/v1/sla/board")
def board(query: BoardQuery, who: Principal) -> Page[BoardItem]:
    """Running clocks by due time: today's, overdue or all; officers see their own agency."""
    return views.board(Clocks(table("sla")), query, who, utc_now())


@app.listen(*REPORT_EVENTS.values())
def follow(event: ReportChanged, _: CloudEvent) -> None:
    """Take over the clocks of a report after each of its steps."""
    note(report_id=event.report_id, seq=event.seq)
    if event.clocks:
        clocks, days = Clocks(table("sla")), reference().calendar
        service.follow(clocks, days, event.report_id, event.seq, event.clocks, utc_now())


@app.listen(ClocksTold)
def follow_others(event: ClocksTold, _: CloudEvent) -> None:
    """Take over the clocks of another unit's case."""
    note(case_id=event.case_id, seq=event.seq)
    clocks, days = Clocks(table("sla")), reference().calendar
    service.follow(clocks, days, event.case_id, event.seq, event.clocks, utc_now(), listed=False)


@app.every(minutes=5)
def sweep() -> None:
    """Escalate what ran late."""
    clocks, days = Clocks(table("sla")), reference().calendar
    note(escalated=service.sweep(clocks, outbox("sla"), days, utc_now()))


events = app.events
