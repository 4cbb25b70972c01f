"""What is a picture in which a card could be read, told from the grid of the motion gate alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.devices.scene import CAP_TRANSMISSION, LIGHTS, STICKER_TRANSMISSION, Held, Scene
from edge.ports import Frame
from edge.scanner import Bounds, Flaw, Scanner
from edge.scanner.quality import contrast_percent, flaw_of

SEEN, UNSEEN = ("day", "dusk", "ring"), {"dark": Flaw.DARK, "sun": Flaw.BRIGHT}


def flaw(plane: NDArray[np.uint8], bounds: Bounds | None = None) -> Flaw | None:
    scanner = Scanner(bounds=bounds or Bounds())
    scanner.scan(Frame(plane, 0))
    return scanner.flaw


@pytest.mark.parametrize("seed", range(6))
def test_every_yard_is_seen_in_the_lights_in_which_cards_are_read(seed: int) -> None:
    assert [flaw(Scene(seed).frame(light=LIGHTS[name])) for name in SEEN] == [None] * 3


@pytest.mark.parametrize("seed", range(3))
def test_no_yard_is_seen_without_light_or_with_the_sun_in_the_lens(seed: int) -> None:
    assert {name: flaw(Scene(seed).frame(light=LIGHTS[name])) for name in UNSEEN} == UNSEEN


@pytest.mark.parametrize("name", SEEN)
def test_what_covers_the_lens_is_told_in_every_light_and_hides_a_card(name: str) -> None:
    held = [Held("S0123456789ABCDE", LIGHTS[name])]
    covers = [Scene().frame(held, transmission=share) for share in (STICKER_TRANSMISSION, CAP_TRANSMISSION)]

    assert all(flaw(frame) in {Flaw.FLAT, Flaw.DARK} for frame in covers)


def test_bounds_are_bounds() -> None:
    yard = Scene().frame()

    assert flaw(yard, Bounds(least_brightness=200)) is Flaw.DARK
    assert flaw(yard, Bounds(most_brightness=50)) is Flaw.BRIGHT
    assert flaw(yard, Bounds(least_contrast_percent=90)) is Flaw.FLAT
    assert flaw(np.full((720, 1280), 100, np.uint8), Bounds(least_contrast_percent=0)) is None


@given(level=st.integers(20, 200), slope=st.integers(0, 15), noise=st.integers(0, 4), seed=st.integers(0, 99))
def test_an_even_slope_and_noise_are_no_contrast(level: int, slope: int, noise: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = level + np.linspace(0, slope * level / 100, 80) + rng.normal(0, noise / 2, (45, 80))

    assert contrast_percent(grid.round().astype(np.int16)) < 8


@pytest.mark.parametrize("shape", [(1, 1), (15, 80), (45, 15), (16, 16)])
def test_a_tiny_image_is_measured_all_the_same(shape: tuple[int, int]) -> None:
    grid = np.random.default_rng(0).integers(0, 256, shape).astype(np.int16)

    assert flaw_of(grid, Bounds(0, 255)) is None
