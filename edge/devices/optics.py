"""The lens of the simulated camera: where a point of a card lands in the image, and how sharp.

A pinhole of 66 degrees across 1280 pixels, as the camera module at a gate has, then defocus and movement as blurs.
It knows neither light nor noise.
"""

from dataclasses import dataclass, replace
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from edge.devices.printed import CANVAS_MM, PIXELS_PER_MM, Plane

FOCAL_PIXELS = 985.0
"""At 1280 pixels across."""
SAMPLES = 2
"""Samples a pixel along each axis: a sensor's pixel sees an area."""
_KERNEL_SIGMAS = 2.5

Matrix = NDArray[np.float64]
Image = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """How a card is held before the camera, and what the light and the sensor add; see VIEWS for examples."""

    distance_mm: float = 190.0
    yaw_degrees: float = 0.0
    """Turned about the vertical."""
    pitch_degrees: float = 0.0
    roll_degrees: float = 0.0
    """Turned in the image plane."""
    x_mm: float = 0.0
    """Of the code's centre from the middle of the image, to the right."""
    y_mm: float = 0.0
    defocus_px: float = 0.6
    """Standard deviation of the blur."""
    motion_px: float = 0.0
    """Way across the image within one exposure."""
    exposure: float = 1.0
    """Share of full light."""
    unevenness: float = 0.15
    """How much of the light is lost from one edge of the image to the other."""
    glare: float = 0.0
    """Strength of a lamp's reflection on the card; 1 is white."""
    noise_levels: float = 3.0
    """Standard deviation of the sensor's noise in grey levels."""
    shake_px: float = 1.0
    """How far the card wanders between frames, at most."""

    def varied(self, rng: np.random.Generator) -> "View":
        """Return the view as another child would hold the card."""
        return replace(
            self,
            distance_mm=self.distance_mm * rng.uniform(0.95, 1.06),
            yaw_degrees=self.yaw_degrees + rng.uniform(-6, 6),
            pitch_degrees=self.pitch_degrees + rng.uniform(-6, 6),
            roll_degrees=self.roll_degrees + rng.uniform(-15, 15),
            x_mm=self.x_mm + rng.uniform(-12, 12),
            y_mm=self.y_mm + rng.uniform(-6, 6),
        )


VIEWS = {
    "good": View(),
    "tilted": View(distance_mm=200, yaw_degrees=34, pitch_degrees=-22, roll_degrees=28),
    "dim": View(exposure=0.26, unevenness=0.5, noise_levels=6),
    "glare": View(glare=0.6, unevenness=0.3),
    "blurred": View(distance_mm=170, defocus_px=2.6),
    "far": View(distance_mm=430, noise_levels=4),
    "shaky": View(motion_px=5, shake_px=7),
}
"""Presets by the name a scene script gives; each is read back in a test."""


def projection(view: View, centre_mm: tuple[float, float], size: tuple[int, int]) -> Matrix:
    """Return the 3 x 3 matrix from the card's plane in mm to pixels; `centre_mm` of the card is at the view's x and y.

    `size` is the image's (height, width).
    """
    yaw, pitch, roll = (radians(angle) for angle in (view.yaw_degrees, view.pitch_degrees, view.roll_degrees))
    about_z = np.array([[cos(roll), -sin(roll), 0], [sin(roll), cos(roll), 0], [0, 0, 1]])
    about_y = np.array([[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    turned = about_z @ about_y @ about_x
    place = np.array([view.x_mm, view.y_mm, view.distance_mm]) - turned @ np.array([*centre_mm, 0.0])
    height, width = size
    focal = FOCAL_PIXELS * width / 1280
    lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    return np.asarray(lens @ np.column_stack([turned[:, 0], turned[:, 1], place]), np.float64)


def bounds(matrix: Matrix, margin_px: int, size: tuple[int, int]) -> tuple[slice, slice] | None:
    """Return the rows and columns of the image in which the canvas is seen, or None when it is outside."""
    half_width, half_height = CANVAS_MM[0] / 2, CANVAS_MM[1] / 2
    corners = [(x, y, 1.0) for x in (-half_width, half_width) for y in (-half_height, half_height)]
    seen = matrix @ np.array(corners).T
    if (seen[2] <= 0).any():
        return None
    columns, rows = seen[0] / seen[2], seen[1] / seen[2]
    height, width = size
    top, bottom = max(0, int(rows.min()) - margin_px), min(height, int(rows.max()) + margin_px)
    left, right = max(0, int(columns.min()) - margin_px), min(width, int(columns.max()) + margin_px)
    return (slice(top, bottom), slice(left, right)) if top < bottom and left < right else None


def project(drawn: Plane, matrix: Matrix, rows: slice, columns: slice) -> tuple[Image, Image]:
    """Return the drawing's reflectance and how much of each pixel it covers (0 to 1), in that part of the image."""
    inverse = np.linalg.inv(matrix)
    scale = np.diag([PIXELS_PER_MM, PIXELS_PER_MM, 1.0])
    scale[:2, 2] = np.array(CANVAS_MM) / 2 * PIXELS_PER_MM
    x, y, w = _plane_coordinates((scale @ inverse).astype(np.float32), rows, columns)
    height, width = drawn.shape
    np.reciprocal(w, out=w)
    column, line = (np.multiply(part, w, out=part).astype(np.int32) for part in (x, y))
    line.clip(0, height - 1, out=line)
    line *= width
    line += column.clip(0, width - 1, out=column)
    samples = drawn.ravel().take(line)
    return _gather(samples), _gather(samples != 0)


def _plane_coordinates(inverse: NDArray[np.float32], rows: slice, columns: slice) -> tuple[Image, Image, Image]:
    """Return x, y and w on the card's plane for each sample of a part of the image."""
    v = (np.arange((rows.stop - rows.start) * SAMPLES, dtype=np.float32) + 0.5)[:, None] / SAMPLES + rows.start
    u = (np.arange((columns.stop - columns.start) * SAMPLES, dtype=np.float32) + 0.5) / SAMPLES + columns.start
    x, y, w = (np.asarray(row[0] * u + (row[1] * v + row[2]), np.float32) for row in inverse)
    return x, y, w


def _gather(samples: NDArray[np.uint8] | NDArray[np.bool_]) -> Image:
    """Return the mean of each pixel's samples."""
    wide = samples[0::2].astype(np.float32) + samples[1::2]
    return np.asarray((wide[:, 0::2] + wide[:, 1::2]) / (SAMPLES * SAMPLES), np.float32)


def blur(image: Image, view: View) -> Image:
    """Return the image out of focus, and moved while it was exposed."""
    if view.defocus_px > 0:
        reach = round(view.defocus_px * _KERNEL_SIGMAS + 0.5)
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / view.defocus_px) ** 2)
        image = _filter(_filter(image, kernel).T, kernel).T
    if view.motion_px >= 1:
        image = _filter(image.T, np.ones(2 * round(view.motion_px / 2) + 1)).T
    return image


def _filter(image: Image, kernel: Matrix) -> Image:
    """Return the image filtered down its columns; its edges go on outside."""
    reach = len(kernel) // 2
    padded = np.pad(image, ((reach, reach), (0, 0)), mode="edge")
    out = np.zeros(image.shape, np.float32)
    for offset, weight in enumerate(kernel / kernel.sum()):
        out += np.float32(weight) * padded[offset : offset + len(image)]
    return out
