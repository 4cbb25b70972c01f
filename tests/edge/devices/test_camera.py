"""A folder of image files as a camera: every format, in order, once; and one sentence when it cannot be."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.devices.camera import FolderCamera
from edge.devices.pace import Pace
from edge.devices.scene import Held, Scene
from edge.errors import CameraError
from edge.scanner import Scanner
from tests.simulation.manual_clock import ManualClock

FAST = 100_000.0
SUFFIXES = ("png", "jpg", "jpeg", "webp", "pgm", "PNG")
CARDS = [f"S00000000000000{place}" for place in range(len(SUFFIXES))]


class PatientClock(ManualClock):
    """Writes down how long it was asked to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait_real(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    scene = Scene()
    for place, (suffix, card) in reversed(list(enumerate(zip(SUFFIXES, CARDS, strict=True)))):
        image = Image.fromarray(scene.frame([Held(card)]))
        (image.convert("RGB") if suffix == "png" else image).save(tmp_path / f"{place}.{suffix}")
    (tmp_path / "notes.txt").write_text("no image", encoding="utf-8")
    return tmp_path


def test_images_of_every_kind_are_shown_once_in_the_order_of_their_names(folder: Path, clock: ManualClock) -> None:
    camera, scanner, seen = FolderCamera(folder, clock, FAST), Scanner(), []
    while (frame := camera.next_frame()) is not None:
        assert frame.gray.dtype == np.uint8
        assert frame.gray.ndim == 2
        seen += scanner.scan(frame)

    assert seen == CARDS
    assert camera.is_finished
    assert camera.next_frame() is None


def test_a_closed_folder_camera_gives_no_frames(folder: Path, clock: ManualClock) -> None:
    camera = FolderCamera(folder, clock, FAST)
    camera.close()
    camera.close()

    assert camera.next_frame() is None


def test_a_folder_that_is_not_there_is_named_in_a_sentence(tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(CameraError, match=r"nowhere cannot be opened .*: name a folder"):
        FolderCamera(tmp_path / "nowhere", clock)


def test_a_folder_without_images_is_named_in_a_sentence(tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(CameraError, match="holds no images"):
        FolderCamera(tmp_path, clock)


def test_a_torn_image_is_named_in_a_sentence(folder: Path, clock: ManualClock) -> None:
    (folder / "0.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")

    with pytest.raises(CameraError, match=r"0\.png cannot be read"):
        FolderCamera(folder, clock, FAST).next_frame()


def test_frames_are_paced_in_real_seconds() -> None:
    clock = PatientClock()
    pace = Pace(clock, frames_per_second=2)
    pace.wait()
    pace.wait()

    assert clock.waits == [pytest.approx(0.5, abs=0.1)]
