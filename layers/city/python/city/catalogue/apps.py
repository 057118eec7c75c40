"""Partners' live apps among the city's functions. The unit `partners` says which; they are kept
here, because no unit reads another's table."""

from city.adapters.table import ABSENT, Put, Row, Table, everything, retrying
from city.catalogue.model import CityFunction
from city.contracts.partners import PartnerAppChanged

KEY = "APPS"
GROUP = "apps"
BOUND = 2_000
ATTEMPTS = 5


def live(table: Table) -> list[CityFunction]:
    """The apps that are shown now."""
    rows = everything(table, KEY, bound=BOUND)
    return [CityFunction.model_validate(r.doc["function"]) for r in rows if r.doc["shown"]]


def heard(table: Table, event: PartnerAppChanged) -> bool:
    """Take over what was said about an app, unless something newer was; whether it was new. What is
    shown no more stays as a mark, so that an older event that comes late shows nothing."""
    function = CityFunction(
        id=f"app-{event.app_id}",
        group=GROUP,
        icon=event.icon,
        name=event.name,
        link=f"/apps/{event.app_id}",
        unit="partners",
        roles=event.roles,
        state="live",
        by=event.organisation,
        version=event.version,
    )

    def keep() -> bool:
        held = table.get(KEY, event.app_id)
        if held and held.doc["seq"] >= event.seq:
            return False
        version = held.version if held else ABSENT
        doc = {
            "seq": event.seq,
            "shown": event.shown,
            "function": function.model_dump(mode="json"),
        }
        table.commit(Put(Row(KEY, event.app_id, doc, version=max(version, 0) + 1), version))
        return True

    return retrying(ATTEMPTS, keep)
