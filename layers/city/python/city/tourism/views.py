"""What is shown: sights by kind and distance, legs of routes, what a phone may keep."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from city.kernel.geo import distance_m
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import NotFound, invalid
from city.kernel.text import Text, text
from city.tourism.model import (
    KIND_NAMES,
    MODE_NAMES,
    Guide,
    Scene,
    Sight,
    SightKind,
    TourRoute,
    TravelMode,
)

DETOUR = 1.3  # ways are longer than a straight line; the project's own estimate, not surveyed
SPEED_M_PER_MIN = {TravelMode.WALK: 75, TravelMode.CYCLE: 200, TravelMode.BOAT: 165}
RULE = text(
    "Khoảng cách ước tính: đường thẳng giữa hai điểm nhân 1,3; thời gian theo tốc độ đi bộ "
    "4,5 km/h, xe đạp 12 km/h, thuyền 9,9 km/h, cộng thời gian ở mỗi điểm. Chưa đo thực địa.",
    "Distances are estimates: the straight line between two stops times 1.3; times at 4.5 km/h on "
    "foot, 12 km/h by bicycle, 9.9 km/h by boat, plus the stay at each stop. Not surveyed.",
)
NEAR = 6
PACK_PAGE = "/v1/tourism/sights?limit=100"


class SightsQuery(PageQuery):
    """Sights of a kind, by words of the name; `near` is `lat,lon` and sorts by distance."""

    kind: SightKind | None = None
    near: str | None = Field(None, max_length=40)

    @field_validator("near")
    @classmethod
    def _a_point(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                lat, lon = (float(part) for part in value.split(","))
            except ValueError:
                lat, lon = 999.0, 999.0
            if not (-90 <= lat <= 90 and -180 <= lon <= 180):
                raise ValueError(
                    "Vị trí có dạng vĩ độ,kinh độ, ví dụ 16.4678,107.5791."
                    "|A place is latitude,longitude, for example 16.4678,107.5791."
                )
        return value

    @property
    def point(self) -> tuple[float, float] | None:
        """The place as degrees."""
        if self.near is None:
            return None
        lat, lon = self.near.split(",")
        return float(lat), float(lon)


class SightCard(Sight):
    """A sight in a list; metres from where one asked, if one did."""

    kind_name: Text
    distance_m: int | None = None


class GuideLink(BaseModel, frozen=True):
    """Another thing of the guide."""

    id: str
    name: Text


class SightView(SightCard):
    """A sight with what leads on from it."""

    nearby: list[SightCard]
    routes: list[GuideLink]
    scenes: list[GuideLink]


class RouteStop(BaseModel, frozen=True):
    """A stop and the way to it from the one before (0 for the first)."""

    sight: GuideLink
    lat: float
    lon: float
    leg_m: int
    leg_minutes: int


class RouteView(BaseModel, frozen=True):
    """A route with its estimated lengths."""

    id: str
    mode: TravelMode
    mode_name: Text
    name: Text
    about: Text
    stops: list[RouteStop]
    distance_m: int
    minutes: int
    rule: Text = RULE


class PackPart(BaseModel, frozen=True):
    """One address of the offline pack; `bytes` is known for pictures."""

    url: str
    kind: Literal["data", "picture", "scene"]
    bytes: int | None = None


class OfflinePack(BaseModel, frozen=True):
    """What a phone keeps to show the guide without a network."""

    version: str
    parts: list[PackPart]


def _card(one: Sight, point: tuple[float, float] | None) -> SightCard:
    away = None if point is None else round(distance_m(*point, one.lat, one.lon))
    return SightCard(**one.model_dump(), kind_name=KIND_NAMES[one.kind], distance_m=away)


def sights(guide: Guide, query: SightsQuery) -> Page[SightCard]:
    """A page of sights, nearest first where a place is given.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    found = [_card(s, query.point) for s in guide.sights if query.kind in (None, s.kind)]
    if query.near:
        found.sort(key=lambda card: (card.distance_m, card.id))
    first = decode_cursor(query.cursor).get("n", 0)
    if not isinstance(first, int) or first < 0:
        raise invalid("cursor", "Mã trang không hợp lệ.", "This cursor is not one of ours.")
    end = first + query.limit
    more = encode_cursor({"n": end}) if end < len(found) else None
    return Page(items=found[first:end], next_cursor=more)


def sight(guide: Guide, sight_id: str) -> SightView:
    """One sight with its neighbours, routes and scenes.

    Raises:
        NotFound: there is none.
    """
    one = guide.sight.get(sight_id)
    if one is None:
        raise NotFound(what=f"điểm tham quan / sight {sight_id[:60]}")
    around = [_card(s, (one.lat, one.lon)) for s in guide.sights if s.id != one.id]
    around.sort(key=lambda card: (card.distance_m, card.id))
    return SightView(
        **_card(one, None).model_dump(),
        nearby=around[:NEAR],
        routes=[GuideLink(id=r.id, name=r.name) for r in guide.routes if one.id in r.stops],
        scenes=[GuideLink(id=s.id, name=s.name) for s in guide.scenes if s.sight == one.id],
    )


def _route(guide: Guide, route: TourRoute) -> RouteView:
    stops: list[RouteStop] = []
    before: Sight | None = None
    for stop in route.stops:
        one = guide.sight[stop]
        straight = distance_m(before.lat, before.lon, one.lat, one.lon) if before else 0.0
        leg_m = round(straight * DETOUR / 50) * 50
        stops.append(
            RouteStop(
                sight=GuideLink(id=one.id, name=one.name),
                lat=one.lat,
                lon=one.lon,
                leg_m=leg_m,
                leg_minutes=round(leg_m / SPEED_M_PER_MIN[route.mode]),
            )
        )
        before = one
    return RouteView(
        id=route.id,
        mode=route.mode,
        mode_name=MODE_NAMES[route.mode],
        name=route.name,
        about=route.about,
        stops=stops,
        distance_m=sum(stop.leg_m for stop in stops),
        minutes=sum(stop.leg_minutes for stop in stops) + route.stay_minutes * len(stops),
    )


def routes(guide: Guide) -> Page[RouteView]:
    """All routes: a dozen at most."""
    return Page(items=[_route(guide, route) for route in guide.routes])


def scenes(guide: Guide) -> Page[Scene]:
    """All scenes: a handful."""
    return Page(items=list(guide.scenes))


def scene(guide: Guide, scene_id: str) -> Scene:
    """One scene.

    Raises:
        NotFound: there is none.
    """
    found = guide.scene.get(scene_id)
    if found is None:
        raise NotFound(what=f"cảnh 360° / scene {scene_id[:60]}")
    return found


def pack(guide: Guide) -> OfflinePack:
    """What belongs on a phone that will have no network: all texts and pictures, every scene."""
    data = [PACK_PAGE, "/v1/tourism/routes", "/v1/tourism/scenes", "/v1/units.geojson"]
    data += [f"/v1/tourism/sights/{one.id}" for one in guide.sights]
    return OfflinePack(
        version=guide.version,
        parts=[
            *(PackPart(url=url, kind="data") for url in data),
            *(PackPart(url=u, kind="picture", bytes=n) for u, n in sorted(guide.pictures.items())),
            *(PackPart(url=s.picture, kind="scene", bytes=s.bytes) for s in guide.scenes),
        ],
    )
