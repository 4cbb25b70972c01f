"""The planes a decoder is given: the fast arithmetic gives what the plain one would."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.scanner.planes import COARSE, FINE, halve, threshold_by_local_mean

Plane = NDArray[np.uint8]
sides = st.integers(21, 70)
seeds = st.integers(0, 2**32 - 1)


def noise(height: int, width: int, seed: int) -> Plane:
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


@given(sides, sides, seeds, st.integers(0, 3))
def test_a_half_is_the_mean_of_four_wherever_the_rows_begin(height: int, width: int, seed: int, offset: int) -> None:
    gray = noise(height, width + offset, seed)[:, offset:]

    rows, columns = height // 2, width // 2
    fours = gray[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).astype(int)

    assert (halve(gray) == fours.sum(axis=(1, 3)) // 4).all()


@given(sides, sides, seeds, st.sampled_from([COARSE, FINE]))
def test_a_threshold_is_black_and_white_and_cuts_off_less_than_a_block(
    height: int, width: int, seed: int, block: int
) -> None:
    plane = threshold_by_local_mean(noise(height, width, seed), 10, block=block)

    assert set(np.unique(plane)) <= {0, 255}
    assert plane.shape == (height // block * block, width // block * block)


@pytest.mark.parametrize("block", [COARSE, FINE])
def test_a_dark_spot_is_dark_in_any_light(block: int) -> None:
    gray = np.tile(np.linspace(40, 220, 160).astype(np.uint8), (160, 1))
    for left in (24, 72, 120):
        gray[72:80, left : left + 8] -= 30

    plane = threshold_by_local_mean(gray, 24, 12, block)

    assert not any(plane[72:80, left : left + 8].any() for left in (24, 72, 120))
    assert plane[:60].all()


def test_an_even_surface_with_a_little_noise_is_bright() -> None:
    gray = np.random.default_rng(4).integers(118, 122, (96, 96), dtype=np.uint8)

    assert threshold_by_local_mean(gray, 24, 4).all()
    assert not threshold_by_local_mean(gray, 24).all()


def test_a_surface_darker_than_the_margin_is_even_all_the_same() -> None:
    nearly_black = np.full((64, 64), 2, np.uint8)

    assert threshold_by_local_mean(nearly_black, 24, 4).all()
