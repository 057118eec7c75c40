"""What wakes `directory`: whoever looks something up."""

from datetime import date

from city.adapters.http import Reply, Unit
from city.adapters.reference import reference
from city.directory import service
from city.kernel.clock import local_date, utc_now
from city.kernel.page import Page
from city.kernel.reference import AdministrativeUnit, Agency

app = Unit("directory")
CACHED = {"Cache-Control": "public, max-age=300"}


def today() -> date:
    """The day in Huế."""
    return local_date(utc_now())


@app.get("/v1/categories")
def categories() -> Page[service.CategoryView]:
    """Fields of reports with their promises."""
    return service.categories(reference(), today())


@app.get("/v1/agencies")
def agencies(query: service.ListAgencies) -> Page[Agency]:
    """Agencies of a day."""
    return service.agencies(reference(), query, today())


@app.get("/v1/agencies/{id}")
def agency(id: str) -> Agency:  # noqa: A002 - the path's own word
    """One agency."""
    return service.agency(reference(), id)


@app.get("/v1/units")
def units(query: service.ListUnits) -> Page[AdministrativeUnit]:
    """Administrative units of a day, with their successors."""
    return service.units(reference(), query, today())


@app.get("/v1/units/{code}")
def unit(code: str, query: service.OnDay) -> AdministrativeUnit:
    """The unit that bore a code on a day."""
    return service.unit(reference(), code, query.as_of or today())


@app.get("/v1/units.geojson", media_types=("application/geo+json",))
def outlines(query: service.OnDay) -> Reply:
    """Outlines of units on a day; `approximate` says what they are worth."""
    made = service.outlines(reference(), query, today())
    return Reply(made, headers=CACHED, media_type="application/geo+json")


@app.get("/v1/places/ward")
def ward(query: service.PlaceQuery) -> service.WardView:
    """The commune that contains a point on a day."""
    return service.ward(reference(), query, today())


@app.get("/v1/calendar/due")
def due(query: service.DueQuery) -> service.Due:
    """When a promise of some working days falls due."""
    return service.due(reference(), query)


@app.get("/v1/calendar")
def year(query: service.YearQuery) -> service.Year:
    """Days off and worked Saturdays of a year."""
    return service.year(reference(), query.year)
