"""What a simulated camera sees of a card: its print and the fingers that hold it, flat, before any optics.

The card is of ID-1 size with a QR code of 30 mm. Sizes are in millimetres on the card's own plane, its centre at
(0, 0), y downwards. Which view it is seen from is not known here.
"""

from functools import lru_cache

import numpy as np
import segno
from numpy.typing import NDArray

PIXELS_PER_MM = 8
CANVAS_MM = (126.0, 100.0)
"""Width and height of what is drawn: the card and the hand around it."""
CARD_MM = (85.6, 54.0)
CODE_MM = 30.0
CODE_CENTRE_MM = (18.0, 0.0)
_QUIET_MODULES = 4
_SLEEVE_MM = (56.0, 41.0)
"""Width, and where it begins."""
_LONGEST_AT_LEVEL_Q = 40
_PAPER, _INK, _PRINT, _PHOTO, _SKIN, _CLOTH = 228, 24, 96, 130, 150, 70
"""Share of light given back, of 255."""

Plane = NDArray[np.uint8]


@lru_cache(maxsize=8)
def draw_card(text: str) -> Plane:
    """Return a card with that text in its QR code, held from below: reflectance at 8 pixels a mm, 0 where nothing is.

    Nothing is on its outermost pixels. Raises ValueError when no QR code holds the text.
    """
    card = _blank_card().copy()
    modules = _modules_of(text)
    quiet_mm = CODE_MM / len(modules) * _QUIET_MODULES
    _paint_square(card, np.full((1, 1), _PAPER, np.uint8), CODE_MM + 2 * quiet_mm)
    _paint_square(card, np.where(modules, np.uint8(_INK), np.uint8(_PAPER)), CODE_MM)
    return card


def _modules_of(text: str) -> NDArray[np.bool_]:
    """Return the code's modules; a card's text gives version 1 at level Q, a long foreign one a lower level."""
    level = "q" if len(text) <= _LONGEST_AT_LEVEL_Q else "l"
    code = segno.make(text, error=level, micro=False, boost_error=False)
    return np.array([list(row) for row in code.matrix], dtype=bool)


@lru_cache(maxsize=1)
def _blank_card() -> Plane:
    width, height = (round(side * PIXELS_PER_MM) for side in CANVAS_MM)
    x = (np.arange(width) + 0.5) / PIXELS_PER_MM - CANVAS_MM[0] / 2
    y = ((np.arange(height) + 0.5) / PIXELS_PER_MM - CANVAS_MM[1] / 2)[:, None]
    drawn = np.zeros((height, width), np.uint8)
    drawn[((x + 26) / 26) ** 2 + ((y - 46) / 20) ** 2 < 1] = _SKIN
    drawn[(np.abs(x + 26) < _SLEEVE_MM[0] / 2) & (y > _SLEEVE_MM[1])] = _CLOTH
    drawn[(np.abs(x) < CARD_MM[0] / 2) & (np.abs(y) < CARD_MM[1] / 2)] = _PAPER
    for left, top, wide, high, ink in _PRINTED:
        drawn[(x > left) & (x < left + wide) & (y > top) & (y < top + high)] = ink
    drawn[((x + 30) / 6.5) ** 2 + ((y - 28) / 13) ** 2 < 1] = _SKIN
    drawn[[0, -1]] = drawn[:, [0, -1]] = 0
    return drawn


_PRINTED = (
    (-39.0, -24.0, 36.0, 4.0, _PRINT),
    (-39.0, -17.0, 17.0, 22.0, _PHOTO),
    (-39.0, 8.0, 24.0, 2.5, _PRINT),
    (-39.0, 13.0, 14.0, 2.0, _PRINT),
)
"""Head line, photo and two lines of name: left, top, width, height, and how bright."""


def _paint_square(reflectance: Plane, cells: Plane, side_mm: float) -> None:
    """Paint a square of equal cells around the code's centre."""
    left, top = (
        round((centre - side_mm / 2 + whole / 2) * PIXELS_PER_MM)
        for centre, whole in zip(CODE_CENTRE_MM, CANVAS_MM, strict=True)
    )
    pixels = round(side_mm * PIXELS_PER_MM)
    index = np.arange(pixels) * len(cells) // pixels
    reflectance[top : top + pixels, left : left + pixels] = cells[np.ix_(index, index)]
