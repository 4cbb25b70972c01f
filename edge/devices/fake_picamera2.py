"""A picamera2 without a Pi, so that the camera's adapter is held against what is hard about the real one.

A `Sensor` is driven by physics: somebody shows an image, the cable comes loose, frames come again. `library` gives
what `import picamera2` gives, as far as `edge.devices.picamera` uses it: padded rows, buffers that are recycled under
whoever still looks at them, controls that are refused by name. It makes no claim about image quality.
"""

from collections.abc import Callable
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

RECYCLED = 0xEE
"""What a buffer holds once it was given back: a view that is used too late reads this."""
CHROMA = 0x55
_NS_PER_SECOND = 1_000_000_000
_FOCUS = {"AfMode": (0, 2, 0), "LensPosition": (0.0, 15.0, 1.0)}
_OWN = {"ExposureTime": (28, 220_417, 20_000), "AnalogueGain": (1.0, 16.0, 1.0)}
_VIDEO = {"FrameDurationLimits": (17_849, 220_535, 33_333), "NoiseReductionMode": (0, 4, 0)}

Plane = NDArray[np.uint8]


class Sensor:
    """A sensor module, its cable and its time; `now_ns` moves only by waiting for frames and by `pass_seconds`.

    `wait` is told each wait in seconds, for programs that live in real time.
    """

    def __init__(
        self,
        *,
        has_focus: bool = True,
        is_usb: bool = False,
        padding: int = 64,
        wait: Callable[[float], object] = lambda _: None,
    ) -> None:
        self._wait = wait
        self.is_usb, self.padding = is_usb, padding
        self.controls: dict[str, tuple[Any, Any, Any]] = {} if is_usb else _OWN | _VIDEO | (_FOCUS if has_focus else {})
        self.image: Plane = np.zeros((720, 1280), np.uint8)
        self.period_ns, self.latency_ns = 66_666_000, 0
        self.is_plugged = self.is_running = True
        self.is_clock_running = True
        self.now = 5 * _NS_PER_SECOND
        self.wakes_after_ns = 0

    def now_ns(self) -> int:
        """Return the time on the clock of SensorTimestamp."""
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass while nobody asks for a frame."""
        self._wait(seconds)
        self.now += round(seconds * _NS_PER_SECOND)

    def show(self, image: Plane) -> None:
        """Put an image of 1280 x 720 before the lens."""
        self.image = image

    def stall(self, seconds: float | None = None) -> None:
        """Give no frames for so long; None: never again."""
        self.is_running = seconds is not None
        self.wakes_after_ns = round((seconds or 0) * _NS_PER_SECOND)

    def exposed_ns(self) -> int:
        """Return when the newest frame was exposed."""
        return self.now - self.latency_ns if self.is_clock_running else 1

    def expose(self, timeout: float) -> bool:
        """Wait for a frame as long as asked; tell whether one came."""
        needed = self.period_ns + self.wakes_after_ns
        allowed = round(timeout * _NS_PER_SECOND)
        if not self.is_running or needed > allowed:
            self.pass_seconds(timeout)
            self.wakes_after_ns = max(0, self.wakes_after_ns - allowed)
            return False
        self.pass_seconds(needed / _NS_PER_SECOND)
        self.wakes_after_ns = 0
        return True


class Request:
    """One completed request with a buffer for each stream; to be released once."""

    def __init__(self, camera: "Picamera2", buffers: dict[str, Plane], exposed_ns: int) -> None:
        self._camera, self._buffers, self._exposed_ns = camera, buffers, exposed_ns
        self._is_released = False
        self.mapped = 0

    def buffer(self, stream: str) -> Plane:
        """Return a stream's buffer while the request is held."""
        self._must_be_held()
        return self._buffers[stream]

    def get_metadata(self) -> dict[str, Any]:
        """Return what libcamera says of the frame."""
        self._must_be_held()
        return {"SensorTimestamp": self._exposed_ns, "ExposureTime": 2500}

    def release(self) -> None:
        """Give the buffers back; what they show is overwritten at once."""
        self._must_be_held()
        if self.mapped:
            raise AssertionError("a request was released while its array was still mapped")
        self._is_released = True
        for buffer in self._buffers.values():
            buffer.fill(RECYCLED)
        self._camera.take_back(self._buffers)

    def _must_be_held(self) -> None:
        if self._is_released:
            raise AssertionError("a request was used after its release")


class MappedArray:
    """A stream's buffer as an array of rows with their padding: Y above, both chroma planes below."""

    def __init__(self, request: Request, stream: str, *, write: bool = True) -> None:
        if write:
            raise AssertionError("mapping for writing asks for a DMA sync of the whole buffer each frame")
        self._request, self._stream = request, stream
        self.array: Plane | None = None

    def __enter__(self) -> Self:
        self.array = self._request.buffer(self._stream)
        self._request.mapped += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.array = None
        self._request.mapped -= 1


class Job:
    """A frame that was asked for; given up with the camera only."""

    def __init__(self) -> None:
        self.is_cancelled = False


class Picamera2:
    """As much of picamera2's class as the adapter uses, with its errors."""

    def __init__(self, sensor: Sensor) -> None:
        if not sensor.is_plugged:
            raise RuntimeError("No camera number 0 found")
        self._sensor = sensor
        self.sensor_resolution = (1920, 1080) if sensor.is_usb else (4608, 2592)
        self.camera_properties = {"Model": "fake"} | ({} if sensor.is_usb else {"ColorFilterArrangement": 0})
        self.asked: dict[str, Any] = {}
        self.is_started, self.closed = False, 0
        self.jobs: list[Job] = []
        self._made: dict[str, Any] = {}
        self._free: list[dict[str, Plane]] = []
        self.fewest_free = 0

    @property
    def camera_controls(self) -> dict[str, tuple[Any, Any, Any]]:
        """Return (min, max, default) of each control there is."""
        return self._sensor.controls

    def create_video_configuration(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 -- as picamera2
        """Return the configuration that was asked for."""
        return asked

    def configure(self, asked: dict[str, Any]) -> None:
        """Take a configuration; raise RuntimeError for a control that the camera does not have."""
        unknown = set(asked["controls"]) - set(self._sensor.controls)
        if unknown:
            raise RuntimeError(f"Control {min(unknown)} is not advertised by libcamera")
        if self._sensor.is_usb and (asked["lores"] or asked["sensor"]):
            raise RuntimeError("Invalid camera configuration")
        self.asked = asked
        for stream in ("main", "lores"):
            if asked[stream]:
                self._made[stream] = self._adjusted(asked[stream])
        self._free = [
            {stream: self._buffer(made) for stream, made in self._made.items()} for _ in range(asked["buffer_count"])
        ]
        self.fewest_free = len(self._free)

    def _adjusted(self, asked: dict[str, Any]) -> dict[str, Any]:
        width = asked["size"][0]
        return {
            "size": asked["size"],
            "stride": width + self._sensor.padding,
            "format": "YUYV" if self._sensor.is_usb else asked["format"],
        }

    @staticmethod
    def _buffer(made: dict[str, Any]) -> Plane:
        return np.full((made["size"][1] * 3 // 2, made["stride"]), RECYCLED, np.uint8)

    def camera_configuration(self) -> dict[str, Any]:
        """Return what was configured in truth."""
        return self._made

    def start(self) -> None:
        """Let frames come."""
        self.is_started = True

    def capture_request(self, *, wait: bool) -> Job:
        """Ask for the next frame; each that is given up keeps its buffer for ever."""
        if wait or not self.is_started:
            raise AssertionError("the adapter asks a started camera without waiting")
        self.jobs.append(Job())
        if len(self.jobs) > 1:
            raise AssertionError("a second frame was asked for while the first is still owed")
        return self.jobs[-1]

    def wait(self, job: Job, timeout: float) -> Request:
        """Wait for the frame; raise TimeoutError, after which it is still owed."""
        if job.is_cancelled or job not in self.jobs:
            raise AssertionError("a job was waited for that is over")
        if not self._sensor.expose(timeout) or not self._free:
            raise TimeoutError
        self.jobs.remove(job)
        buffers = self._free.pop(0)
        self.fewest_free = min(self.fewest_free, len(self._free))
        for stream, buffer in buffers.items():
            self._fill(buffer, *self._made[stream]["size"])
        return Request(self, buffers, self._sensor.exposed_ns())

    def _fill(self, buffer: Plane, width: int, height: int) -> None:
        step = self._sensor.image.shape[0] // height
        buffer[:height, :width] = self._sensor.image[::step, ::step]
        buffer[height:] = CHROMA

    def take_back(self, buffers: dict[str, Plane]) -> None:
        """Let the camera fill these buffers again."""
        self._free.append(buffers)

    def cancel_all_and_flush(self) -> None:
        """Give up what is owed."""
        for job in self.jobs:
            job.is_cancelled = True
        self.jobs.clear()

    def close(self) -> None:
        """Give the sensor back; fail when a buffer is still out."""
        self.closed += 1
        if self._free and len(self._free) < self.asked["buffer_count"]:
            raise AssertionError("the camera was closed while a buffer was out")


def library(sensor: Sensor, on_open: Callable[[Picamera2], None] = lambda _: None) -> SimpleNamespace:
    """Return what `import picamera2` gives on a board with this sensor; `on_open` is handed each camera made."""

    def open_camera() -> Picamera2:
        camera = Picamera2(sensor)
        on_open(camera)
        return camera

    return SimpleNamespace(Picamera2=open_camera, MappedArray=MappedArray)
