"""Reading one image as well as it can be read, because some children hold their card badly.

Stages follow one another from cheap to dear, and each is tried only when those before it read nothing. A dear stage
runs on a large image only when an earlier one suspected a code there: that is what keeps an image without a code
cheap. A stage is here because it added readings on distorted photographs and drawn codes of more than one random
draw; `make bench ONLY=reading` measures the whole.
"""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from edge.scanner.decoders import Contrast, Reading, read_with_zxing
from edge.scanner.planes import Plane, double, enlarge_by_half, halve, soften, threshold_by_local_mean

SMALLEST_SIDE = 21
"""Pixels: the modules of the smallest QR code."""
LARGEST_SIDE = 8192
"""Pixels: a larger image is first thinned out, as its planes would fill a kiosk's memory."""
MEDIUM = 150_000
"""Pixels from which codes are usually large enough that half the size is tried first."""
FLAT = 10
"""Grey levels between the darkest and the brightest place below which there is nothing to read."""
LOCAL_MEAN_SHARE = 48
"""Two modules of a card at reading distance."""
PLANE_DIMENSIONS = 2
_ANY = LARGEST_SIDE * LARGEST_SIDE


class Planes:
    """An image and what is made of it more than once."""

    def __init__(self, gray: Plane) -> None:
        self.gray = gray

    @cached_property
    def half(self) -> Plane:
        """The image at half its size."""
        return halve(self.gray)

    @cached_property
    def soft(self) -> Plane:
        """The image without its finest detail."""
        return soften(self.gray)

    def by_local_mean(self) -> Plane:
        """Return what is brighter than its neighbourhood, which reaches a share of the image's shorter side."""
        radius = min(self.gray.shape) // LOCAL_MEAN_SHARE
        return threshold_by_local_mean(self.soft, self.half, radius)


class _Stage(NamedTuple):
    look: Callable[[Planes], Reading]
    most_pixels: int = _ANY
    """The stage is left out on a larger image in which no code is suspected."""
    most_pixels_suspected: int = _ANY
    least_pixels: int = 0

    def is_worth(self, pixels: int, *, is_code_suspected: bool) -> bool:
        """Tell whether the stage is tried on an image of that many pixels."""
        return self.least_pixels <= pixels <= (self.most_pixels_suspected if is_code_suspected else self.most_pixels)


_STAGES = (
    _Stage(lambda planes: read_with_zxing(planes.half, invert=True), least_pixels=MEDIUM),
    _Stage(lambda planes: read_with_zxing(planes.gray)),
    _Stage(lambda planes: read_with_zxing(planes.half, invert=True), MEDIUM - 1, MEDIUM - 1),
    _Stage(lambda planes: read_with_zxing(planes.gray, Contrast.GLOBAL)),
    _Stage(lambda planes: read_with_zxing(planes.by_local_mean(), Contrast.FIXED, invert=True)),
    _Stage(lambda planes: read_with_zxing(planes.soft), 160_000),
    _Stage(lambda planes: read_with_zxing(soften(planes.soft), invert=True), 160_000, 600_000),
    _Stage(lambda planes: read_with_zxing(enlarge_by_half(planes.gray), invert=True), 160_000, 600_000),
    _Stage(lambda planes: read_with_zxing(soften(double(planes.gray)), invert=True), 60_000, 330_000),
)


def read_still(gray: Plane) -> list[str]:
    """Return the text of every QR code that was read in an 8-bit image (height, width), each once, in a stable order.

    The image may be a view with any strides; it is not changed. Raises ValueError when it is not such an image. One
    too small or too even to hold a code gives an empty list, as does one on which the decoder fails.
    """
    check_image(gray)
    step = -(-max(gray.shape) // LARGEST_SIDE) or 1
    gray = gray[::step, ::step]
    if min(gray.shape) < SMALLEST_SIDE or is_flat(gray):
        return []
    planes = Planes(in_rows(gray))
    is_code_suspected = False
    for stage in _STAGES:
        if not stage.is_worth(gray.size, is_code_suspected=is_code_suspected):
            continue
        reading = stage.look(planes)
        if reading.texts:
            return reading.texts
        is_code_suspected |= reading.is_code_suspected
    return []


def check_image(gray: Plane) -> None:
    """Raise ValueError when this is no 8-bit image."""
    if not isinstance(gray, np.ndarray) or gray.dtype != np.uint8 or gray.ndim != PLANE_DIMENSIONS:
        raise ValueError("An image to read must be a numpy array of 8-bit grey values with height and width.")


def is_flat(gray: Plane) -> bool:
    """Tell whether an image is so even that no code can be in it."""
    sample = gray[::4, ::4]
    return int(sample.max()) - int(sample.min()) < FLAT


def in_rows(gray: Plane) -> Plane:
    """Return the image itself where its rows lie pixel by pixel in memory, which decoders read in place."""
    return gray if gray.strides[1] == 1 and gray.strides[0] >= gray.shape[1] else np.ascontiguousarray(gray)
