"""A webcam that hangs or is pulled out, a film that ends, and a sentence where OpenCV or the camera is missing."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.devices.fake_cv2 import Desk, library
from edge.devices.scene import Held, Scene
from edge.devices.webcam import VideoCamera, WebCamera
from edge.errors import CameraError, CameraStalledError
from edge.scanner import Scanner
from tests.simulation.manual_clock import ManualClock

CARD = "S0123456789ABCDE"
FAST = 100_000.0


@pytest.fixture
def device(tmp_path: Path) -> Path:
    path = tmp_path / "video0"
    path.touch()
    return path


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.go_on()


def test_a_card_before_a_webcam_is_read(desk: Desk, device: Path, clock: ManualClock) -> None:
    camera, scanner = WebCamera(device, clock, FAST, library(desk)), Scanner()
    desk.show(Scene().frame([Held(CARD)]))
    frame = camera.next_frame()
    camera.close()

    assert frame
    assert scanner.scan(frame) == [CARD]
    assert desk.opened == [(str(device), 200)]
    assert desk.settings == {6: "MJPG", 3: 1280, 4: 720, 38: 1}


def test_a_frame_is_one_that_was_taken_after_it_was_asked_for(desk: Desk, device: Path, clock: ManualClock) -> None:
    camera = WebCamera(device, clock, FAST, library(desk))
    assert camera.next_frame()
    desk.show(np.full((720, 1280), 9, np.uint8))
    seen = [camera.next_frame() for _ in range(2)]
    camera.close()

    assert seen[-1]
    assert np.all(seen[-1].gray == 9)


def test_frames_nobody_asked_for_are_thrown_away_undecoded(desk: Desk, device: Path, clock: ManualClock) -> None:
    camera = WebCamera(device, clock, FAST, library(desk))
    while desk.grabbed < 20:
        clock.wait_real(0.002)
    camera.close()

    assert desk.decoded == 0


@pytest.mark.parametrize("is_pulled", [True, False])
def test_a_webcam_that_hangs_or_is_pulled_out_ends_the_kiosk(
    desk: Desk, device: Path, clock: ManualClock, *, is_pulled: bool
) -> None:
    camera = WebCamera(device, clock, FAST, library(desk))
    assert camera.next_frame()
    if is_pulled:
        desk.is_pulled = True
    else:
        desk.hang()
    for _ in range(3):
        camera.next_frame()

    with pytest.raises(CameraStalledError, match="plug the webcam in anew"):
        camera.next_frame()
    desk.go_on()
    camera.close()


def test_a_film_is_played_once_and_then_nothing_comes(tmp_path: Path, clock: ManualClock) -> None:
    film = tmp_path / "gate.mp4"
    film.touch()
    desk = Desk([Scene().frame([Held(CARD)]) for _ in range(3)])
    camera, scanner = VideoCamera(film, clock, FAST, library(desk)), Scanner()
    texts = [scanner.scan(frame) for frame in iter(camera.next_frame, None)]

    assert texts[0] == [CARD]
    assert len(texts) == 3
    assert camera.next_frame() is None
    assert desk.released == 1


def test_what_cannot_be_opened_is_said_in_a_sentence(desk: Desk, tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "there").touch()
    desk.is_busy = True

    with pytest.raises(CameraError, match=r"There is no camera .*nowhere: plug it in"):
        WebCamera(tmp_path / "nowhere", clock, FAST, library(desk))
    with pytest.raises(CameraError, match="end the program that uses it"):
        WebCamera(tmp_path / "there", clock, FAST, library(desk))
    with pytest.raises(CameraError, match="name a video file"):
        VideoCamera(tmp_path / "nowhere", clock, FAST, library(desk))
    with pytest.raises(CameraError, match="convert it to MP4"):
        VideoCamera(tmp_path / "there", clock, FAST, library(desk))


@pytest.mark.skipif(importlib.util.find_spec("cv2") is not None, reason="OpenCV is installed here")
def test_without_opencv_the_package_is_named(tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(CameraError, match=r"'v4l2:.*' needs OpenCV: type 'apt install python3-opencv'"):
        WebCamera(tmp_path, clock)
