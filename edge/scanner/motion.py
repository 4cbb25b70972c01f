"""Telling whether anything moved before the camera, because most frames of a day show an empty gate.

A frame is compared on a grid of 80 x 45 with the frame that was last looked at, so that slow movement adds up and is
seen, too. It does not know what moved.
"""

import numpy as np
from numpy.typing import NDArray

from edge.scanner.planes import Plane

GRID_WIDTH, GRID_HEIGHT = 80, 45
HOLD_FRAMES = 15
"""Frames that stay active after the last movement: one second."""
STILL_LOOK_EVERY = 5
"""Of still frames every fifth is looked at all the same."""
CELL_LEVELS = 12
"""Grey levels by which a cell has changed; a sensor's noise in the mean of four pixels stays below."""
MOVED_CELLS = 3

Grid = NDArray[np.int16]


class MotionGate:
    """Decides which frames of one camera are worth a look."""

    def __init__(self) -> None:
        self._seen: Grid | None = None
        self._is_forgotten = False
        self._active_frames_left = 0
        self._still_frames = 0

    def notices_motion(self, gray: Plane) -> bool:
        """Take the next frame; tell whether something moved within the last ones. The first always counts as moved."""
        grid = _grid_of(gray)
        if self._has_moved(grid):
            self._active_frames_left = HOLD_FRAMES
        is_active = self._active_frames_left > 0
        self._active_frames_left -= is_active
        self._still_frames = 0 if is_active else self._still_frames + 1
        if is_active or self.is_still_look_due:
            self._seen, self._is_forgotten = grid, False
        return is_active

    def forget(self) -> None:
        """Take the next frame for one in which something moved: what the last one showed is not known."""
        self._is_forgotten = True

    @property
    def seen(self) -> Grid | None:
        """Mean grey levels of the last frame that was worth a look."""
        return self._seen

    @property
    def is_still_look_due(self) -> bool:
        """Tell whether the frame last asked about is a still one to be looked at all the same."""
        return self._still_frames > 0 and self._still_frames % STILL_LOOK_EVERY == 0

    def _has_moved(self, grid: Grid) -> bool:
        if self._seen is None or self._is_forgotten or self._seen.shape != grid.shape:
            return True
        return int(np.count_nonzero(np.abs(grid - self._seen) > CELL_LEVELS)) >= MOVED_CELLS


def _grid_of(gray: Plane) -> Grid:
    """Return the mean of four pixels in each cell of the grid; a small image is its own grid."""
    rows, columns = max(1, gray.shape[0] // GRID_HEIGHT), max(1, gray.shape[1] // GRID_WIDTH)
    near_row, near_column = rows // 4, columns // 4
    far_row, far_column = 3 * rows // 4, 3 * columns // 4
    corners = ((near_row, near_column), (near_row, far_column), (far_row, near_column), (far_row, far_column))
    height, width = gray.shape[0] // rows, gray.shape[1] // columns
    total = np.zeros((height, width), np.int16)
    for row, column in corners:
        total += gray[row::rows, column::columns][:height, :width]
    return total >> 2
