"""Reading one image as well as it can be read, because some children hold their card badly.

Each stage is tried only when those before it read nothing. What decides their order is the share they read for what
they cost, and that differs with the size: a large image without a code must stay cheap, so it gets most stages at half
its size; a small one gets dear ones, and the dearest only when it is tiny or a code is suspected. Each stage is here
because without it fewer distorted photographs of two random draws were read, or fewer drawn cards under a glaring
lamp; `make bench ONLY=reading` measures the whole.
"""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from edge.scanner.decoders import Contrast, Reading, read_with_zxing
from edge.scanner.planes import FINE, Plane, double, halve, soften, threshold_by_local_mean

SMALLEST_SIDE = 21
"""Pixels: the modules of the smallest QR code."""
LARGEST_SIDE = 8192
"""Pixels: a larger image is first thinned out, as its planes would fill a kiosk's memory."""
LARGE = 150_000
"""Pixels from which codes are usually large enough to be read at half the size."""
TINY = 30_000
"""Pixels up to which a code may have less than two pixels a module."""
WIDE_SHARE, NEAR_SHARE = 24, 48
"""Parts of an image's shorter side: four modules and two of a card at reading distance."""
GLARE = 250
"""The grey level from which a place counts as blinded."""
NOISE = 4
"""Grey levels by which the halves of an even surface may differ."""
PLANE_DIMENSIONS = 2
_ANY = LARGEST_SIDE * LARGEST_SIDE
_SMALL = LARGE - 1


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

    @property
    def has_glare(self) -> bool:
        """Whether a lamp blinds the camera at some place."""
        return int(self.gray.max()) >= GLARE

    @property
    def half_by_local_mean(self) -> Plane:
        """What is clearly darker than its wide neighbourhood, at half the size: a low contrast in an uneven light."""
        return threshold_by_local_mean(self.half, min(self.half.shape) // WIDE_SHARE, NOISE)

    @property
    def soft_by_local_mean(self) -> Plane:
        """What is darker than its wide neighbourhood: a small image leaves few pixels to be choosy about."""
        return threshold_by_local_mean(self.soft, min(self.soft.shape) // WIDE_SHARE)

    @property
    def soft_by_near_mean(self) -> Plane:
        """What is darker than its near neighbourhood: the rim of a glaring spot, where light falls off steeply."""
        return threshold_by_local_mean(self.soft, min(self.soft.shape) // NEAR_SHARE, block=FINE)


class _Stage(NamedTuple):
    look: Callable[[Planes], Reading]
    least_pixels: int = 0
    most_pixels: int = _ANY
    most_pixels_suspected: int = 0
    """The stage is also tried on an image of up to that many pixels in which a code is suspected."""
    needs_glare: bool = False

    def is_worth(self, planes: Planes, *, is_code_suspected: bool) -> bool:
        """Tell whether the stage is tried on that image."""
        most = max(self.most_pixels, self.most_pixels_suspected * is_code_suspected)
        return self.least_pixels <= planes.gray.size <= most and (not self.needs_glare or planes.has_glare)


_STAGES = (
    _Stage(lambda planes: read_with_zxing(planes.gray, Contrast.GLOBAL), LARGE),
    _Stage(lambda planes: read_with_zxing(planes.half), LARGE),
    _Stage(lambda planes: read_with_zxing(planes.gray)),
    _Stage(lambda planes: read_with_zxing(planes.gray, Contrast.GLOBAL), 0, _SMALL),
    _Stage(lambda planes: read_with_zxing(planes.half, Contrast.GLOBAL), LARGE),
    _Stage(lambda planes: read_with_zxing(planes.half_by_local_mean, Contrast.FIXED)),
    _Stage(lambda planes: read_with_zxing(~planes.half, Contrast.GLOBAL), LARGE),
    _Stage(lambda planes: read_with_zxing(planes.soft_by_near_mean, Contrast.FIXED), LARGE, needs_glare=True),
    _Stage(lambda planes: read_with_zxing(planes.soft_by_local_mean, Contrast.FIXED), 0, _SMALL),
    _Stage(lambda planes: read_with_zxing(~planes.gray), 0, _SMALL),
    _Stage(lambda planes: read_with_zxing(soften(planes.soft)), 0, _SMALL),
    _Stage(lambda planes: read_with_zxing(double(planes.gray)), 0, TINY, _SMALL),
)


def read_still(gray: Plane) -> list[str]:
    """Return the text of every QR code that was read in an 8-bit image (height, width), each once, in a stable order.

    The image may be a view with any strides; it is not changed. Raises ValueError when it is not such an image. One
    too small to hold a code gives an empty list, as does one on which the decoder fails.
    """
    check_image(gray)
    step = -(-max(gray.shape) // LARGEST_SIDE) or 1
    gray = gray[::step, ::step]
    if min(gray.shape) < SMALLEST_SIDE:
        return []
    planes = Planes(in_rows(gray))
    is_code_suspected = False
    for stage in _STAGES:
        if not stage.is_worth(planes, is_code_suspected=is_code_suspected):
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


def in_rows(gray: Plane) -> Plane:
    """Return the image itself where its rows lie pixel by pixel in memory, which decoders read in place."""
    return gray if gray.strides[1] == 1 and gray.strides[0] >= gray.shape[1] else np.ascontiguousarray(gray)
