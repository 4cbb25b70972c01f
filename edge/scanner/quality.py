"""Whether an image is one in which a card could be read at all, because a covered lens gives frames like any other.

Pure rules over the small grid of the motion gate. A frame in which a code was read needs none of them: it is the proof.
"""

import enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FIELD_CELLS = 8
"""Cells of the grid along each side of a field: enough pixels that a sensor's noise nearly vanishes in their mean."""
_SHARP_SHARE = 0.95
_FEWEST_FIELDS = 2

Grid = NDArray[np.int16]


class Flaw(enum.Enum):
    """What keeps cards from being read; the value says it to a person."""

    DARK = "The picture is too dark: take the cap or cover off the lens, and look whether the lamp beside it shines."
    BRIGHT = "The picture is too bright: keep sun and lamps from shining into the lens."
    FLAT = "The picture shows nothing: take off what covers the lens, and clean it."


class Bounds(NamedTuple):
    """What an image must be."""

    least_brightness: float = 12.0
    """Mean grey level, 0 to 255."""
    most_brightness: float = 240.0
    least_contrast_percent: float = 8.0
    """See `contrast_percent`; 0 takes any."""


ANY = Bounds(0.0, 255.0, 0.0)
"""For a scanner of which nobody asks how well it sees."""


def flaw_of(grid: Grid, bounds: Bounds) -> Flaw | None:
    """Return what is wrong with the image of which the grid holds mean grey levels; None when nothing is."""
    brightness = float(grid.mean())
    if brightness < bounds.least_brightness:
        return Flaw.DARK
    if brightness > bounds.most_brightness:
        return Flaw.BRIGHT
    return Flaw.FLAT if contrast_percent(grid) < bounds.least_contrast_percent else None


def contrast_percent(grid: Grid) -> float:
    """Return by how much of the mean brightness neighbouring fields differ where they differ most.

    Of all differences the twentieth part is left out at the top, so that no single lamp counts. A light that falls off
    evenly across the image gives next to nothing, however strong it is; an image of a few fields has all contrast.
    """
    height, width = grid.shape[0] // FIELD_CELLS, grid.shape[1] // FIELD_CELLS
    if min(height, width) < _FEWEST_FIELDS:
        return 100.0
    cells = grid[: height * FIELD_CELLS, : width * FIELD_CELLS]
    fields = cells.reshape(height, FIELD_CELLS, width, FIELD_CELLS).sum((1, 3), dtype=np.int32)
    steps = np.abs(np.concatenate([np.diff(fields, axis=0).ravel(), np.diff(fields, axis=1).ravel()]))
    place = int(_SHARP_SHARE * len(steps))
    return 100.0 * float(np.partition(steps, place)[place]) / max(1.0, float(fields.mean()))
