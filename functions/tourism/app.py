"""What wakes `tourism`: visitors who look around."""

from city.adapters.http import Reply, Unit
from city.adapters.stores import table
from city.kernel.clock import utc_now
from city.kernel.page import Page
from city.tourism import documents, views
from city.tourism.model import Guide, Scene

app = Unit("tourism")
CACHED = {"Cache-Control": "public, max-age=300"}


def guide() -> Guide:
    """The current guide."""
    return documents.guide(table("tourism"), utc_now())


@app.get("/v1/tourism/sights", shape=Page[views.SightCard])
def sights(query: views.SightsQuery) -> Reply:
    """Sights, by kind, nearest first where a place is given."""
    return Reply(views.sights(guide(), query), headers=CACHED)


@app.get("/v1/tourism/sights/{id}", shape=views.SightView)
def sight(id: str) -> Reply:  # noqa: A002 - the path's own word
    """One sight, what is near, and the routes and scenes it belongs to."""
    return Reply(views.sight(guide(), id), headers=CACHED)


@app.get("/v1/tourism/routes", shape=Page[views.RouteView])
def routes() -> Reply:
    """Routes over the sights, with estimated lengths."""
    return Reply(views.routes(guide()), headers=CACHED)


@app.get("/v1/tourism/scenes", shape=Page[Scene])
def scenes() -> Reply:
    """360° scenes."""
    return Reply(views.scenes(guide()), headers=CACHED)


@app.get("/v1/tourism/scenes/{id}", shape=Scene)
def scene(id: str) -> Reply:  # noqa: A002 - the path's own word
    """One 360° scene with its hotspots."""
    return Reply(views.scene(guide(), id), headers=CACHED)


@app.get("/v1/tourism/pack", shape=views.OfflinePack)
def pack() -> Reply:
    """What a phone keeps to show the guide without a network."""
    return Reply(views.pack(guide()), headers=CACHED)
