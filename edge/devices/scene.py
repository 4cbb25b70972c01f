"""The gate as a camera sees it, drawn cheaply enough that simulated cameras leave the machine to the programs.

A scene is a yard out of focus, light, perhaps cards that are held up, and the sensor's noise. What changes seldom
(yard, a card in its view) is drawn once and kept; a frame is then a copy, a small move and a sum in 8 bits.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.devices.optics import VIEWS, View, blur, bounds, project, projection
from edge.devices.printed import CODE_CENTRE_MM, CODE_MM, draw_card

__all__ = ["LIGHTS", "VIEWS", "Held", "Scene", "View"]

HEIGHT, WIDTH = 720, 1280
LIGHTS = {
    "day": VIEWS["good"],
    "dusk": VIEWS["dim"],
    "ring": View(exposure=0.2, unevenness=0.5, noise_levels=4.0),
    "dark": View(exposure=0.015, noise_levels=2.5),
    "sun": View(exposure=20.0),
}
"""Light on a yard with nobody in it: by day, at dusk, at night with the LED ring and without it, sun in the lens."""
STICKER_TRANSMISSION, CAP_TRANSMISSION = 0.4, 0.0
"""Share of the light that comes through what covers a lens."""
_NOISE_MARGIN = 64
"""Pixels by which the noise kept is larger than a frame: 4096 places to begin in."""
_KEPT = 8
"""Yards and noises that are kept."""
_NOISE_SIGMAS = 3
_GLARE_SHARE = 0.32
"""Radius of the reflection, of the code's side."""
_GLARE_AT_MM = (CODE_CENTRE_MM[0] + 17.0, CODE_CENTRE_MM[1] - 18.0)

Plane = NDArray[np.uint8]
Image = NDArray[np.float32]


class Held(NamedTuple):
    """A card with that text in its QR code, held up in that view."""

    text: str
    view: View = VIEWS["good"]


class _Patch(NamedTuple):
    rows: slice
    columns: slice
    pixels: Plane


class Scene:
    """One gate's scene; the same seed gives the same frames."""

    def __init__(self, seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> None:
        self._rng = np.random.default_rng(seed)
        self._size = (height, width)
        self._yard = _draw_yard(self._rng, height, width)
        self._lit_yards: dict[tuple[float, float], Plane] = {}
        self._noises: dict[float, Plane] = {}
        self._patches: tuple[tuple[Held, ...], list[_Patch]] = ((), [])

    def frame(self, held: Sequence[Held] = (), light: View = VIEWS["good"], transmission: float | None = None) -> Plane:
        """Return the next frame, 8-bit of shape (height, width), with the cards that are held up.

        `light` gives exposure, unevenness and noise of a frame without a card; with one, the first card's view does.
        With a `transmission` something covers the lens: so much of the light comes through, from everywhere at once.
        Raises ValueError when no QR code holds a card's text.
        """
        light = held[0].view if held else light
        frame = self._lit_yard(light).copy()
        for card, patch in zip(held, self._patches_of(tuple(held)), strict=True):
            self._paste(frame, patch, card.view.shake_px)
        if transmission is not None:
            frame = self._covered(frame, light, transmission)
        self._add_noise(frame, light.noise_levels)
        return frame

    def _covered(self, frame: Plane, light: View, transmission: float) -> Plane:
        level = np.float32(frame.mean() * transmission / max(light.exposure, 1e-6))
        lit = level * _light(light, slice(0, self._size[0]), slice(0, self._size[1]), self._size)
        return np.asarray(lit.clip(0, 255).astype(np.uint8))

    def _lit_yard(self, light: View) -> Plane:
        key = (light.exposure, light.unevenness)
        if key not in self._lit_yards:
            _make_room(self._lit_yards)
            lit = self._yard * _light(light, slice(0, self._size[0]), slice(0, self._size[1]), self._size)
            self._lit_yards[key] = lit.clip(0, 255).astype(np.uint8)
        return self._lit_yards[key]

    def _patches_of(self, held: tuple[Held, ...]) -> list[_Patch]:
        if self._patches[0] != held:
            self._patches = (held, [self._draw_patch(card) for card in held])
        return self._patches[1]

    def _draw_patch(self, card: Held) -> _Patch:
        """Return the part of the image in which the card is seen, lit and blurred, with the yard behind it."""
        view = card.view
        matrix = projection(view, CODE_CENTRE_MM, self._size)
        place = bounds(matrix, round(3 * view.defocus_px + view.motion_px), self._size)
        if place is None:
            return _Patch(slice(0, 0), slice(0, 0), np.empty((0, 0), np.uint8))
        rows, columns = place
        reflected, coverage = project(draw_card(card.text), matrix, rows, columns)
        seen = reflected + (1 - coverage) * self._yard[rows, columns]
        seen = blur(seen, view) * _light(view, rows, columns, self._size)
        if view.glare:
            seen += 255 * view.glare * coverage * _glare(matrix, rows, columns)
        return _Patch(rows, columns, seen.clip(0, 255).astype(np.uint8))

    def _paste(self, frame: Plane, patch: _Patch, shake_px: float) -> None:
        """Put the patch into the frame, moved as far as the frame has room."""
        height, width = self._size
        down, right = self._rng.uniform(-shake_px, shake_px, 2).round().astype(int)
        top = min(max(0, patch.rows.start + down), height - patch.pixels.shape[0])
        left = min(max(0, patch.columns.start + right), width - patch.pixels.shape[1])
        frame[top : top + patch.pixels.shape[0], left : left + patch.pixels.shape[1]] = patch.pixels

    def _add_noise(self, frame: Plane, levels: float) -> None:
        """Add the sensor's noise; pixels are first kept so far from black and white that 8 bits cannot overflow."""
        if levels not in self._noises:
            _make_room(self._noises)
            size = [side + _NOISE_MARGIN for side in self._size]
            noise = self._rng.standard_normal(size, np.float32) * np.float32(levels)
            limit = _NOISE_SIGMAS * levels
            self._noises[levels] = noise.clip(-limit, limit).round().astype(np.int8).view(np.uint8)
        room = round(_NOISE_SIGMAS * levels) + 1
        frame.clip(room, 255 - room, out=frame)
        row, column = self._rng.integers(0, _NOISE_MARGIN, 2)
        frame += self._noises[levels][row : row + self._size[0], column : column + self._size[1]]


def _make_room(kept: dict[tuple[float, float], Plane] | dict[float, Plane]) -> None:
    if len(kept) >= _KEPT:
        kept.clear()


def _draw_yard(rng: np.random.Generator, height: int, width: int) -> Image:
    """Return what is behind the cards, far out of focus: sky, a wall, ground, two posts and what stands about."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(0, 1, width, dtype=np.float32)
    yard = 175 - 60 * _edge(down, 0.35) + 25 * _edge(down, 0.72) - 30 * down + 12 * across
    for post in rng.uniform(0.08, 0.92, 2):
        yard = yard - 45 * _edge(across, post) * (1 - _edge(across, post + 0.05))
    for _ in range(7):
        x, y, size = rng.uniform(0, 1), rng.uniform(0.3, 0.9), rng.uniform(0.03, 0.12)
        spot = np.exp(-0.5 * ((across - x) / size) ** 2) * np.exp(-0.5 * ((down - y) / (1.7 * size)) ** 2)
        yard = yard + rng.uniform(-45, 35) * spot
    return np.asarray(yard, np.float32)


def _edge(along: Image, place: float) -> Image:
    """Return 0 before a place and 1 after it, softly."""
    return np.asarray(1 / (1 + np.exp(-(along - np.float32(place)) * 60)), np.float32)


def _light(view: View, rows: slice, columns: slice, size: tuple[int, int]) -> Image:
    """Return how much light falls on each pixel: less to the right and below, and a lens's dark corners."""
    height, width = size
    down = (np.arange(rows.start, rows.stop, dtype=np.float32) / height)[:, None]
    across = np.arange(columns.start, columns.stop, dtype=np.float32) / width
    slope = 1 - np.float32(view.unevenness) * (0.7 * across + 0.3 * down)
    corners = 1 - np.float32(0.25) * ((across - 0.5) ** 2 + (down - 0.5) ** 2)
    return np.asarray(np.float32(view.exposure) * slope * corners, np.float32)


def _glare(matrix: NDArray[np.float64], rows: slice, columns: slice) -> Image:
    """Return a lamp's reflection, 0 to 1, on one corner of the code."""
    x, y, w = matrix @ np.array([*_GLARE_AT_MM, 1.0])
    radius = np.float32(_GLARE_SHARE * CODE_MM * matrix[0, 0] / w) if matrix[0, 0] > 0 else np.float32(40)
    across = (np.arange(columns.start, columns.stop, dtype=np.float32) - np.float32(x / w)) / radius
    down = ((np.arange(rows.start, rows.stop, dtype=np.float32) - np.float32(y / w)) / radius)[:, None]
    return np.asarray(np.exp(-0.5 * (across**2)) * np.exp(-0.5 * (down**2)), np.float32)
