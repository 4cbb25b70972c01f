"""The drawn gate: plausible to the eye of a decoder, the same for the same seed, and cheap."""

import time

import numpy as np
import pytest

from edge.devices.optics import bounds, projection
from edge.devices.printed import CODE_CENTRE_MM, CODE_MM, draw_card
from edge.devices.scene import HEIGHT, VIEWS, WIDTH, Held, Scene, View
from edge.scanner import read_still

NUMBER = "S0123456789ABCDE"


def test_a_frame_is_what_the_camera_gives() -> None:
    frame = Scene().frame([Held(NUMBER)])

    assert frame.shape == (HEIGHT, WIDTH)
    assert frame.dtype == np.uint8


def test_the_same_seed_gives_the_same_frames() -> None:
    one, other = Scene(seed=4), Scene(seed=4)

    assert all((one.frame([Held(NUMBER)]) == other.frame([Held(NUMBER)])).all() for _ in range(3))


def test_no_two_frames_are_alike() -> None:
    scene = Scene()

    assert (scene.frame() != scene.frame()).mean() > 0.5


@pytest.mark.parametrize("name", VIEWS)
def test_noise_never_turns_bright_into_dark(name: str) -> None:
    scene = Scene()
    frames = [scene.frame([Held(NUMBER, VIEWS[name].varied(np.random.default_rng(1)))]) for _ in range(2)]

    calm = np.abs(frames[0].astype(int) - frames[1]) <= 6 * VIEWS[name].noise_levels + 1

    assert calm.mean() > 0.95


def test_dim_light_is_dim_and_stays_when_the_card_is_gone() -> None:
    scene = Scene()

    assert scene.frame([Held(NUMBER, VIEWS["dim"])]).mean() < scene.frame([Held(NUMBER)]).mean() / 2
    assert scene.frame(light=VIEWS["dim"]).mean() < scene.frame().mean() / 2


@pytest.mark.parametrize(("distance", "pixels"), [(180, 164), (360, 82)])
def test_a_code_of_thirty_millimetres_is_as_large_as_optics_say(distance: float, pixels: int) -> None:
    matrix = projection(View(distance_mm=distance), CODE_CENTRE_MM, (HEIGHT, WIDTH))
    half = CODE_MM / 2
    left, right = (matrix @ np.array([CODE_CENTRE_MM[0] + x, 0.0, 1.0]) for x in (-half, half))

    assert right[0] / right[2] - left[0] / left[2] == pytest.approx(pixels, abs=1)


def test_a_turned_card_is_larger_where_it_is_nearer() -> None:
    matrix = projection(View(yaw_degrees=40), CODE_CENTRE_MM, (HEIGHT, WIDTH))

    depths = [(matrix @ np.array([x, 0.0, 1.0]))[2] for x in (-30.0, 30.0)]

    assert depths[0] > depths[1]


@pytest.mark.parametrize("view", [View(x_mm=900), View(distance_mm=-50), View(distance_mm=20, yaw_degrees=80)])
def test_a_card_outside_the_image_is_not_seen(view: View) -> None:
    assert bounds(projection(view, CODE_CENTRE_MM, (HEIGHT, WIDTH)), 3, (HEIGHT, WIDTH)) is None
    assert read_still(Scene().frame([Held(NUMBER, view)])) == []


def test_a_card_half_outside_the_image_is_drawn_and_not_read() -> None:
    assert read_still(Scene().frame([Held(NUMBER, View(x_mm=-120))])) == []


def test_a_text_too_long_for_any_code_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        draw_card("x" * 5000)


def test_a_frame_leaves_the_machine_to_the_programs() -> None:
    scene, rng = Scene(), np.random.default_rng(2)
    scene.frame()
    began = time.process_time()
    for _ in range(8):
        held = [Held(NUMBER, View().varied(rng))]
        for _ in range(4):
            scene.frame(held)
        scene.frame()

    assert (time.process_time() - began) / 40 < 0.04
