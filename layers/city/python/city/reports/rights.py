"""What a person is handed of their reports: what they may see on the screen, no more."""

from typing import Any

from city.reports.service import Desk
from city.reports.store import card
from city.reports.views import UrlOf, report_view


def export(desk: Desk, subject: str, url: UrlOf) -> dict[str, Any]:
    """The reports a person made, as their reporter sees them, and which ones they follow.

    A followed report is somebody else's: their words, and what agencies have not published, are
    not this person's data.
    """
    bonds = desk.vault.everything_of(subject)
    stored = desk.reports.get_many([report_id for report_id, _ in bonds])
    made: list[dict[str, Any]] = []
    followed: list[dict[str, Any]] = []
    for report_id, bond in bonds:
        report = stored.get(report_id)
        if report is None:
            continue
        if bond["bond"] != "reporter":
            followed.append({**bond, "report": report_id, "code": report.code})
            continue
        view = report_view(
            report, card(report), desk.city, desk.now, url,
            viewer="reporter", mine=True, allowed=[],
        )  # fmt: skip
        made.append({**bond, "report": view.model_dump(mode="json")})
    return {"reports": made, "followed": followed}
