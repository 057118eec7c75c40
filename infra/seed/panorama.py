"""A small renderer of drawn panoramas: sky, hills, ground and painted cards standing in it.

The result is equirectangular: the middle column looks along +z (the scene's front), columns go
right with yaw, rows go down from the zenith. Metres; the eye stands at (0, EYE_M, 0). A card is a
flat painting that stands upright at a place and faces the eye, like scenery on a stage.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
Colour = tuple[int, int, int]
EYE_M = 1.7
GROUND_M = 160.0  # the painted ground reaches this far from the eye, beyond it fades into haze


@dataclass(frozen=True)
class Card:
    """A painting (RGBA) `width_m` wide, its foot in the middle at (x, z), `base_m` above ground.

    `turn` is the card's own direction in degrees; None faces the eye.
    """

    picture: Image.Image
    x: float
    z: float
    width_m: float
    base_m: float = 0.0
    turn: float | None = None

    @property
    def height_m(self) -> float:
        """Its height, by the painting's proportions."""
        return self.width_m * self.picture.height / self.picture.width

    @property
    def yaw(self) -> float:
        """Degrees right of the scene's front."""
        return float(np.degrees(np.arctan2(self.x, self.z)))

    def pitch(self, share: float = 0.5) -> float:
        """Degrees above the horizon of a share of its height."""
        up = self.base_m + share * self.height_m - EYE_M
        return float(np.degrees(np.arctan2(up, np.hypot(self.x, self.z))))


@dataclass(frozen=True)
class Air:
    """The colours of a moment: zenith, horizon, haze, and how much light there is on things."""

    zenith: Colour
    horizon: Colour
    hills: Colour
    light: tuple[float, float, float]
    sun: tuple[float, float] | None = None  # yaw, pitch in degrees
    sun_colour: Colour = (255, 244, 214)


def render(
    size: tuple[int, int],
    air: Air,
    ground: Image.Image,
    cards: list[Card],
    ridge: Callable[[Floats], Floats],
) -> Image.Image:
    """Paint the picture: `ground` is seen from above, its middle under the eye, front upwards;
    `ridge` gives the hills' height in degrees over yaw in degrees."""
    width, height = size
    yaw = np.radians((np.arange(width, dtype=np.float32) + 0.5) / width * 360 - 180)
    pitch = np.radians(90 - (np.arange(height, dtype=np.float32) + 0.5) / height * 180)
    image = _sky(air, yaw, pitch)
    crest = ridge(np.degrees(yaw)).astype(np.float32)
    degrees = np.degrees(pitch)[:, None]
    hills = (degrees < crest[None, :]) & (degrees >= -0.5)
    image[hills] = 0.55 * np.array(air.hills) + 0.45 * image[hills]
    _ground(image, air, ground, yaw, pitch)
    for card in sorted(cards, key=lambda c: -float(np.hypot(c.x, c.z))):
        _stand(image, card, air, yaw, pitch)
    return Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))


def _sky(air: Air, yaw: Floats, pitch: Floats) -> Floats:
    share = np.clip(pitch / (np.pi / 2), 0, 1)[:, None, None] ** 0.6
    low, high = (np.array(c, np.float32) for c in (air.horizon, air.zenith))
    image = np.broadcast_to(low + (high - low) * share, (len(pitch), len(yaw), 3)).astype(
        np.float32
    )
    if air.sun:
        sy, sp = np.radians(air.sun)
        cosine = np.sin(pitch)[:, None] * np.sin(sp) + np.cos(pitch)[:, None] * np.cos(sp) * np.cos(
            yaw - sy
        )
        glow = np.exp((cosine - 1) * 40)[..., None] * 0.7 + np.exp((cosine - 1) * 3000)[..., None]
        image += np.clip(glow, 0, 1) * (np.array(air.sun_colour, np.float32) - image)
    return _clouds(image, air, yaw, pitch)


def _clouds(image: Floats, air: Air, yaw: Floats, pitch: Floats) -> Floats:
    """A thin layer overhead: noise of four octaves on a ceiling, fading towards the horizon."""
    chance = np.random.default_rng(11)
    side = 512
    noise = np.zeros((side, side), np.float32)
    for octave in (6, 12, 24, 48):
        rough = chance.random((octave, octave)).astype(np.float32)
        rough[:, -1], rough[-1] = rough[:, 0], rough[0]
        smooth = Image.fromarray(rough).resize((side, side), Image.Resampling.BICUBIC)
        noise += np.asarray(smooth) * 6 / octave
    noise = (noise - noise.min()) / (noise.max() - noise.min())
    rows = np.flatnonzero(pitch > np.radians(2))
    away = 60 / np.tan(pitch[rows])[:, None]
    u = (away * np.sin(yaw) + 4 * side) % (side - 1)
    v = (away * np.cos(yaw) + 4 * side) % (side - 1)
    cover = np.clip((_bilinear(noise[..., None], u, v) - 0.5) * 2.4, 0, 0.75)
    cover *= np.clip(np.degrees(pitch[rows]) / 14, 0, 1)[:, None, None]
    white = np.array(air.sun_colour, np.float32) * (1.0 if air.light[0] == 1.0 else 0.86)
    image[rows] += cover * (white - image[rows])
    return image


def _ground(image: Floats, air: Air, ground: Image.Image, yaw: Floats, pitch: Floats) -> None:
    rows = np.flatnonzero(pitch < 0)
    away = EYE_M / np.tan(-pitch[rows])[:, None]
    x, z = away * np.sin(yaw), away * np.cos(yaw)
    pixels = np.asarray(ground.convert("RGB"), np.float32)
    size = pixels.shape[0]
    u = np.clip((x / GROUND_M + 1) / 2 * (size - 1), 0, size - 1)
    v = np.clip((1 - z / GROUND_M) / 2 * (size - 1), 0, size - 1)
    colour = _bilinear(pixels, u, v) * np.array(air.light, np.float32)
    haze = np.clip((away - 40) / (GROUND_M * 1.6), 0, 0.85)[..., None]
    image[rows] = colour + haze * (np.array(air.horizon, np.float32) - colour)


def _stand(image: Floats, card: Card, air: Air, yaw: Floats, pitch: Floats) -> None:
    """Paint a card: where each ray meets its plane decides which of its pixels is seen."""
    facing = np.radians(card.yaw if card.turn is None else card.turn)
    normal = np.array([np.sin(facing), np.cos(facing)], np.float32)
    along = np.array([np.cos(facing), -np.sin(facing)], np.float32)
    towards = np.sin(yaw) * normal[0] + np.cos(yaw) * normal[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        away = (card.x * normal[0] + card.z * normal[1]) / towards
    across = (away * np.sin(yaw) - card.x) * along[0] + (away * np.cos(yaw) - card.z) * along[1]
    columns = np.flatnonzero((away > 0.5) & (np.abs(across) < card.width_m / 2))
    if not len(columns):
        return
    up = EYE_M + np.tan(pitch)[:, None] * away[columns][None, :] - card.base_m
    rows = np.flatnonzero(((up >= 0) & (up <= card.height_m)).any(axis=1))
    up = up[rows]
    pixels = np.asarray(card.picture, np.float32)
    u = (across[columns] / card.width_m + 0.5) * (pixels.shape[1] - 1)
    v = (1 - up / card.height_m) * (pixels.shape[0] - 1)
    inside = (up >= 0) & (up <= card.height_m)
    found = _bilinear(pixels, np.broadcast_to(u, up.shape), np.clip(v, 0, pixels.shape[0] - 1))
    alpha = (found[..., 3:] / 255) * inside[..., None]
    haze = np.clip((away[columns] - 30) / 500, 0, 0.5)[None, :, None]
    colour = found[..., :3] * np.array(air.light, np.float32)
    colour = colour + haze * (np.array(air.horizon, np.float32) - colour)
    spot = np.ix_(rows, columns)
    image[spot] = image[spot] * (1 - alpha) + colour * alpha


def _bilinear(pixels: Floats, u: NDArray[Any], v: NDArray[Any]) -> Floats:
    u0, v0 = np.floor(u).astype(int), np.floor(v).astype(int)
    u1 = np.minimum(u0 + 1, pixels.shape[1] - 1)
    v1 = np.minimum(v0 + 1, pixels.shape[0] - 1)
    fu, fv = (u - u0)[..., None], (v - v0)[..., None]
    top = pixels[v0, u0] * (1 - fu) + pixels[v0, u1] * fu
    bottom = pixels[v1, u0] * (1 - fu) + pixels[v1, u1] * fu
    mixed: Floats = (top * (1 - fv) + bottom * fv).astype(np.float32)
    return mixed
