"""What a kiosk may rely on whichever camera is plugged in, held against every one of them by the same tests.

Each camera stands on a rig that shows an image, takes it away and lets the source stall, all by physics.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Protocol

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from edge.devices import fake_cv2, fake_picamera2
from edge.devices.camera import FolderCamera
from edge.devices.picamera import PiCamera
from edge.devices.scene import Held, Scene
from edge.devices.script import Line
from edge.devices.simulated import SceneCamera, ShownCamera
from edge.devices.webcam import VideoCamera, WebCamera
from edge.errors import CameraStalledError
from edge.ports import Camera, Frame
from edge.scanner import read_still
from tests.simulation.manual_clock import ManualClock

CARD = "S0123456789ABCDE"
FAST = 100_000.0
LIMIT_SECONDS = 1.5
"""Real time within which a camera answers, frame or not, on a busy machine."""
FRAMES = 4


class Rig(Protocol):
    """A camera and the hand before it."""

    camera: Camera

    def show(self, image: NDArray[np.uint8]) -> None: ...

    def stall(self) -> None: ...


def card_image() -> NDArray[np.uint8]:
    return Scene().frame([Held(CARD)])


class PiRig:
    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.sensor = fake_picamera2.Sensor()
        self.camera: Camera = PiCamera(clock, library=fake_picamera2.library(self.sensor), now_ns=self.sensor.now_ns)

    def show(self, image: NDArray[np.uint8]) -> None:
        self.sensor.show(image)

    def stall(self) -> None:
        self.sensor.stall()


class WebRig:
    def __init__(self, folder: Path, clock: ManualClock) -> None:
        (folder / "video0").touch()
        self.desk = fake_cv2.Desk()
        self.camera: Camera = WebCamera(folder / "video0", clock, FAST, fake_cv2.library(self.desk))

    def show(self, image: NDArray[np.uint8]) -> None:
        self.desk.show(image)

    def stall(self) -> None:
        self.desk.hang()


class VideoRig:
    def __init__(self, folder: Path, clock: ManualClock) -> None:
        (folder / "film.mp4").touch()
        self.film = [card_image() for _ in range(FRAMES)]
        library = fake_cv2.library(fake_cv2.Desk(self.film))
        self.camera: Camera = VideoCamera(folder / "film.mp4", clock, FAST, library)

    def show(self, image: NDArray[np.uint8]) -> None: ...

    def stall(self) -> None:
        self.film.clear()


class FolderRig:
    def __init__(self, folder: Path, clock: ManualClock) -> None:
        for place in range(FRAMES):
            Image.fromarray(card_image()).save(folder / f"{place}.png")
        self.camera: Camera = FolderCamera(folder, clock, FAST)

    def show(self, image: NDArray[np.uint8]) -> None: ...

    def stall(self) -> None:
        while self.camera.next_frame():
            pass


class ShownRig:
    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.shown = ShownCamera(clock, FAST)
        self.camera: Camera = self.shown
        self.shown.show(CARD)

    def show(self, image: NDArray[np.uint8]) -> None: ...

    def stall(self) -> None:
        self.camera.close()


class SceneRig:
    def __init__(self, folder: Path, clock: ManualClock) -> None:
        (folder / "front.jsonl").write_bytes(msgspec.json.encode(Line(clock.now(), CARD, hold_seconds=60)))
        self.camera: Camera = SceneCamera(folder / "front.jsonl", clock, FAST)

    def show(self, image: NDArray[np.uint8]) -> None: ...

    def stall(self) -> None:
        self.camera.close()


RIGS: list[Callable[[Path, ManualClock], Rig]] = [PiRig, WebRig, VideoRig, FolderRig, ShownRig, SceneRig]


@pytest.fixture(params=RIGS, ids=lambda rig: rig.__name__)
def rig(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Rig]:
    made: Rig = request.param(tmp_path, clock)
    made.show(card_image())
    yield made
    if isinstance(made, WebRig):
        made.desk.go_on()
    made.camera.close()


def frame_of(rig: Rig) -> Frame:
    frame = rig.camera.next_frame()
    assert frame
    return frame


def test_a_frame_is_a_gray_plane_in_which_a_card_can_be_read(rig: Rig) -> None:
    frame = frame_of(rig)

    assert frame.gray.dtype == np.uint8
    assert frame.gray.ndim == 2
    assert frame.gray.strides[1] == 1
    assert read_still(frame.gray) == [CARD]
    if frame.half is not None:
        assert frame.half.shape == (frame.gray.shape[0] // 2, frame.gray.shape[1] // 2)


def test_ticks_are_the_boot_clocks_and_never_run_back(rig: Rig, clock: ManualClock) -> None:
    began, ticks = clock.boot_ticks(), []
    for _ in range(FRAMES - 1):
        ticks.append(frame_of(rig).captured_ticks)
        clock.advance(0.1)

    assert ticks == sorted(ticks)
    assert began <= ticks[0] + 1
    assert ticks[-1] <= clock.boot_ticks()


@pytest.mark.parametrize("rig", [PiRig, WebRig], indirect=True)
def test_a_frame_shows_what_is_there_now_and_no_queue_of_before(rig: Rig) -> None:
    frame_of(rig)
    for level in (40, 90, 140):
        rig.show(np.full((720, 1280), level, np.uint8))
        assert np.all(frame_of(rig).gray == level)


def test_a_frame_stays_as_it_is_until_the_next_is_asked_for(rig: Rig) -> None:
    frame = frame_of(rig)
    before = frame.gray.copy()
    rig.show(np.full((720, 1280), 7, np.uint8))

    assert np.array_equal(frame.gray, before)


def test_a_source_that_gives_nothing_says_so_within_its_limit(rig: Rig) -> None:
    frame_of(rig)
    rig.stall()
    began = monotonic()

    assert rig.camera.next_frame() is None
    assert monotonic() - began < LIMIT_SECONDS


def test_a_source_that_gives_nothing_for_long_says_so_or_ends_the_kiosk(rig: Rig) -> None:
    frame_of(rig)
    rig.stall()

    with suppress(CameraStalledError):
        assert [rig.camera.next_frame() for _ in range(5)] == [None] * 5


def test_a_camera_is_closed_as_often_as_one_likes_and_then_gives_nothing(rig: Rig) -> None:
    frame_of(rig)
    rig.camera.close()
    rig.camera.close()

    assert rig.camera.next_frame() is None
