"""Grey images made out of one grey image, so that a decoder which failed on the first may read another.

Everything here takes and gives 8-bit planes of shape (height, width) and costs a few nanoseconds a pixel: a gate has
no graphics card, and these run many times a second. Nothing here knows what a QR code is.
"""

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Sums = NDArray[np.uint16]

COARSE, FINE = 8, 4
"""Pixels each way that share one local mean."""


def _average(one: Plane, other: Plane) -> Plane:
    """Return the average without leaving 8 bits, rounded down."""
    return (one & other) + ((one ^ other) >> 1)


def _average_up(one: Plane, other: Plane) -> Plane:
    return (one | other) - ((one ^ other) >> 1)


def halve(gray: Plane) -> Plane:
    """Return the plane at half its size, each pixel the mean of four; rows must lie pixel by pixel in memory.

    Two neighbours are taken as one number of 16 bits, which is more than twice as fast as picking every second pixel.
    """
    height, width = gray.shape[0] & ~1, gray.shape[1] & ~1
    upper, lower = gray[0:height:2, :width].view(np.uint16), gray[1:height:2, :width].view(np.uint16)
    total = upper & 255
    total += upper >> 8
    total += lower & 255
    total += lower >> 8
    total >>= 2
    return total.astype(np.uint8)


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


def threshold_by_local_mean(gray: Plane, radius: int, margin: int = 0, block: int = COARSE) -> Plane:
    """Return 0 where a pixel is darker than the mean around it, by at least `margin` grey levels, else 255.

    "Around" is a square that reaches about `radius` pixels each way. Means are taken from an integral image of blocks,
    one for each COARSE or FINE block: a tenth of the cost. The last rows and columns that fill no block are cut off.
    """
    coarse = halve(halve(gray))
    means = _local_means(halve(coarse) if block == COARSE else coarse, max(1, radius // block))
    wide = _spread(np.maximum(means, margin) - margin, block)
    height, width = wide.shape
    blocks = gray[: block * height, :width].reshape(height, block, width)
    bright = (blocks > wide[:, None, :]).view(np.uint8)
    np.negative(bright, out=bright)
    return bright.reshape(block * height, width)


def _local_means(coarse: Plane, reach: int) -> NDArray[np.int32]:
    """Return each pixel's mean over the square that reaches `reach` pixels each way."""
    side = 2 * reach + 1
    padded = np.pad(coarse, ((reach + 1, reach), (reach + 1, reach)), mode="edge")
    integral = padded.cumsum(1, dtype=np.int32).cumsum(0, dtype=np.int32)
    bands = integral[side:] - integral[:-side]
    means: NDArray[np.int32] = (bands[:, side:] - bands[:, :-side]) // (side * side)
    return means


def _spread(levels: NDArray[np.int32], block: int) -> Plane:
    """Return each level `block` times beside itself: as one number whose bytes are all that level."""
    if block == COARSE:
        return (levels.astype(np.uint64) * np.uint64(0x0101010101010101)).view(np.uint8)
    return (levels.astype(np.uint32) * np.uint32(0x01010101)).view(np.uint8)
