"""Grey images made out of one grey image, so that a decoder which failed on the first may read another.

Everything here takes and gives 8-bit planes of shape (height, width) and costs a few nanoseconds a pixel: a gate has
no graphics card, and these run many times a second. Nothing here knows what a QR code is.
"""

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Sums = NDArray[np.uint16]


def _average(one: Plane, other: Plane) -> Plane:
    """Return the average without leaving 8 bits, rounded down."""
    return (one & other) + ((one ^ other) >> 1)


def _average_up(one: Plane, other: Plane) -> Plane:
    return (one | other) - ((one ^ other) >> 1)


def halve_roughly(gray: Plane) -> Plane:
    """Return the plane at half its size from two of every four pixels: a third of the cost of `halve`."""
    height, width = gray.shape[0] & ~1, gray.shape[1] & ~1
    return _average(gray[0:height:2, 0:width:2], gray[1:height:2, 1:width:2])


def halve(gray: Plane) -> Plane:
    """Return the plane at half its size, each pixel the mean of four."""
    height, width = gray.shape[0] & ~1, gray.shape[1] & ~1
    total = gray[0:height:2, 0:width:2].astype(np.uint16)
    for row, column in ((0, 1), (1, 0), (1, 1)):
        total += gray[row:height:2, column:width:2]
    return (total >> 2).astype(np.uint8)


def soften(gray: Plane) -> Plane:
    """Return each pixel's mean with its right, lower and lower right neighbour: noise and screen dots fade."""
    rows = _average(gray[:-1], gray[1:])
    return _average_up(rows[:, :-1], rows[:, 1:])


def double(gray: Plane) -> Plane:
    """Return the plane at twice its size, linear in between."""
    tall = _double_rows(gray, 0)
    return (_double_rows(tall.T, 4).T).astype(np.uint8)


def _double_rows(plane: NDArray[np.generic], shift: int) -> Sums:
    here = plane.astype(np.uint16)
    thrice = here * 3
    out = np.empty((2 * here.shape[0] - 2, here.shape[1]), np.uint16)
    np.add(thrice[:-1], here[1:], out=out[0::2])
    np.add(here[:-1], thrice[1:], out=out[1::2])
    out >>= shift
    return out


def enlarge_by_half(gray: Plane) -> Plane:
    """Return the plane at one and a half its size, linear in between."""
    height, width = gray.shape[0] & ~1, gray.shape[1] & ~1
    tall = _three_of_two(gray[:height, :width].astype(np.uint16))
    wide = _three_of_two(np.ascontiguousarray(tall.T))
    wide >>= 8
    return np.ascontiguousarray(wide.T.astype(np.uint8))


def _three_of_two(plane: Sums) -> Sums:
    """Return rows at 0, 2/3 and 4/3 of every two, in sixteenths."""
    first, second, third = plane[0:-2:2], plane[1:-1:2] * 11, plane[2::2]
    out = np.empty((3 * first.shape[0], plane.shape[1]), np.uint16)
    np.left_shift(first, 4, out=out[0::3])
    np.add(first * 5, second, out=out[1::3])
    np.add(third * 5, second, out=out[2::3])
    return out


def threshold_by_local_mean(gray: Plane, half: Plane, radius: int) -> Plane:
    """Return 255 where a pixel is brighter than the mean of the square that reaches `radius` pixels each way, else 0.

    Means are taken from an integral image of a quarter of the size, one for each 4 x 4 pixels: a tenth of the cost.
    `half` is the image at half its size. The last 3 rows and columns at most are cut off.
    """
    coarse = halve(half)
    reach = max(1, radius // 4)
    side = 2 * reach + 1
    padded = np.pad(coarse, ((reach + 1, reach), (reach + 1, reach)), mode="edge")
    integral = padded.cumsum(0, dtype=np.int32).cumsum(1, dtype=np.int32)
    sums = integral[side:, side:] - integral[:-side, side:] - integral[side:, :-side] + integral[:-side, :-side]
    means = (sums // (side * side)).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=0)
    height, width = (min(sides) for sides in zip(gray.shape, means.shape, strict=True))
    bright = gray[:height, :width] > means[:height, :width]
    return np.asarray(bright.view(np.uint8) * np.uint8(255), np.uint8)
