"""The Pi's camera on a bench: a padded buffer is read in place and given back, and a dead cable ends the program."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.devices.fake_picamera2 import RECYCLED, Picamera2, Sensor, library
from edge.devices.picamera import BUFFERS, PiCamera, PiOptions
from edge.devices.scene import Held, Scene
from edge.errors import CameraError, CameraStalledError
from edge.scanner import Scanner
from tests.simulation.manual_clock import ManualClock

CARD = "S0123456789ABCDE"


class Bench:
    """A Pi with a sensor module and the adapter's camera on it."""

    def __init__(self, sensor: Sensor, options: PiOptions = PiOptions()) -> None:  # noqa: B008 -- a frozen tuple
        self.sensor, self.clock = sensor, ManualClock()
        self.opened: list[Picamera2] = []
        self.camera = PiCamera(self.clock, options, library(sensor, self.opened.append), sensor.now_ns)

    @property
    def controls(self) -> dict[str, object]:
        found: dict[str, object] = self.opened[0].asked["controls"]
        return found

    def see_card(self) -> None:
        self.sensor.show(Scene().frame([Held(CARD)]))


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench(Sensor())
    yield made
    made.camera.close()


def test_a_card_is_read_in_the_padded_buffer_itself(bench: Bench) -> None:
    bench.see_card()
    frame = bench.camera.next_frame()

    assert frame
    assert frame.gray.shape == (720, 1280)
    assert frame.gray.strides == (1280 + 64, 1)
    assert not frame.gray.flags.owndata
    assert Scanner().scan(frame) == [CARD]


def test_the_half_size_image_comes_from_the_camera(bench: Bench) -> None:
    bench.see_card()
    frame = bench.camera.next_frame()

    assert frame
    assert frame.half is not None
    assert frame.half.shape == (360, 640)
    assert np.array_equal(frame.half, frame.gray[::2, ::2])


def test_one_buffer_is_out_at_a_time_and_comes_back_with_the_next_call(bench: Bench) -> None:
    first = bench.camera.next_frame()
    assert first
    assert not np.any(first.gray == RECYCLED)
    assert bench.camera.next_frame()
    assert np.all(first.gray == RECYCLED)

    assert all(bench.camera.next_frame() for _ in range(100))
    assert bench.opened[0].fewest_free == BUFFERS - 1


def test_a_frame_is_stamped_with_its_exposure_on_the_boot_clock(bench: Bench) -> None:
    bench.sensor.latency_ns = 250_000_000
    frame = bench.camera.next_frame()

    assert frame
    assert frame.captured_ticks == bench.clock.boot_ticks() - 25


def test_exposure_focus_and_pace_are_asked_for() -> None:
    bench = Bench(Sensor(), PiOptions(frames_per_second=25, exposure_us=1800, lens_position=99))
    bench.camera.close()

    assert bench.controls == {
        "FrameDurationLimits": (40_000, 40_000),
        "ExposureTime": 1800,
        "AfMode": 0,
        "LensPosition": 15.0,
    }
    assert bench.opened[0].asked["sensor"] == {"output_size": (2304, 1296), "bit_depth": 10}
    assert bench.opened[0].asked["queue"] is False


def test_a_module_with_a_fixed_focus_is_not_asked_to_focus() -> None:
    bench = Bench(Sensor(has_focus=False))
    bench.camera.close()

    assert set(bench.controls) == {"FrameDurationLimits", "ExposureTime"}


def test_a_moment_without_frames_is_none_and_the_frame_still_comes(bench: Bench) -> None:
    assert bench.camera.next_frame()
    bench.sensor.stall(seconds=1.2)

    assert [bench.camera.next_frame() for _ in range(2)] == [None, None]
    assert bench.camera.next_frame()
    assert bench.opened[0].fewest_free == BUFFERS - 1


def test_a_stall_asks_for_one_frame_only_and_ends_after_two_seconds(bench: Bench) -> None:
    assert bench.camera.next_frame()
    began = bench.sensor.now
    bench.sensor.stall()
    for _ in range(3):
        assert bench.camera.next_frame() is None
    with pytest.raises(CameraStalledError, match="no frame for 2 seconds"):
        bench.camera.next_frame()

    assert bench.sensor.now - began == 2_000_000_000
    assert bench.opened[0].jobs == []


def test_a_pause_of_the_kiosk_is_not_taken_for_a_stall(bench: Bench) -> None:
    assert bench.camera.next_frame()
    bench.sensor.pass_seconds(30)
    bench.sensor.stall(seconds=0.6)

    assert bench.camera.next_frame() is None
    assert bench.camera.next_frame()


def test_frames_whose_time_stands_still_are_no_frames(bench: Bench) -> None:
    bench.sensor.is_clock_running = False
    assert bench.camera.next_frame()

    for _ in range(30):
        assert bench.camera.next_frame() is None
    with pytest.raises(CameraStalledError):
        bench.camera.next_frame()


def test_closing_twice_gives_the_sensor_back_once_and_no_buffer_is_out(bench: Bench) -> None:
    assert bench.camera.next_frame()
    bench.camera.close()
    bench.camera.close()

    assert bench.opened[0].closed == 1
    assert len(bench.opened[0]._free) == BUFFERS
    assert bench.camera.next_frame() is None


def test_a_camera_that_is_not_there_is_said_in_a_sentence() -> None:
    sensor = Sensor()
    sensor.is_plugged = False

    with pytest.raises(CameraError, match=r"no camera on the ribbon cable.*check the cable"):
        PiCamera(ManualClock(), library=library(sensor))


def test_a_usb_camera_is_sent_to_its_own_source() -> None:
    with pytest.raises(CameraError, match="v4l2:/dev/video0"):
        Bench(Sensor(is_usb=True))


def test_without_picamera2_the_package_is_named() -> None:
    with pytest.raises(CameraError, match="apt install python3-picamera2"):
        PiCamera(ManualClock())


SETTINGS = """
kiosk_id = "kl-front-1"
lane = "IN"
data_folder = "."
collector_url = "http://127.0.0.1:1"
[broker]
host = "127.0.0.1"
port = 1
[camera]
source = "picamera2"
"""
DEAD_LIBRARY = """
import atexit, threading
from edge.devices.fake_picamera2 import Sensor, library
sensor = Sensor(wait=threading.Event().wait)
sensor.stall()
made = library(sensor, lambda camera: setattr(camera, "close", threading.Event().wait))
Picamera2, MappedArray = made.Picamera2, made.MappedArray
atexit.register(threading.Event().wait)
"""


@pytest.fixture
def run_kiosk(tmp_path: Path) -> Callable[[], "subprocess.CompletedProcess[str]"]:
    """Return a way to run a kiosk whose picamera2 is dead and can neither be closed nor left in peace."""
    (tmp_path / "kiosk.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "picamera2.py").write_text(DEAD_LIBRARY, encoding="utf-8")
    starter = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from edge.__main__ import main; main()"
    command = [sys.executable, "-P", "-c", starter, "run", "--config", str(tmp_path / "kiosk.toml")]
    return lambda: subprocess.run(command, capture_output=True, text=True, timeout=18, check=False)


def test_a_stalled_camera_ends_the_process_even_when_it_cannot_be_closed(
    run_kiosk: Callable[[], "subprocess.CompletedProcess[str]"],
) -> None:
    ended = run_kiosk()

    assert ended.returncode == 70, ended.stderr
    assert "The camera has given no frame for 2 seconds: the kiosk restarts" in ended.stderr
    assert "Traceback" not in ended.stderr
