"""The Raspberry Pi's own camera, so that a card is read in place in the sensor's buffer, without a copy.

picamera2 comes from apt and is imported only when a camera is opened. It raises nothing when frames stop, and each
request that is given up leaks a buffer; so one request stays asked for however long it takes, and a stall ends the
process. What is seen is never written anywhere.
"""

import importlib
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.devices.pace import CameraClock
from edge.errors import CameraError, CameraStalledError
from edge.ports import Frame
from wire.clock import NS_PER_TICK

SIZE, HALF_SIZE = (1280, 720), (640, 360)
BUFFERS = 4
WAIT_SECONDS = 0.5
"""How long one call waits for a frame."""
STALL_SECONDS = 2.0
"""Waited for a frame so long, the camera will not give one any more."""
CLOSE_SECONDS = 2.0
"""Closing a camera whose cable moved can block for ever (picamera2 issue 1264)."""
_PLANAR = ("YUV420", "YVU420")
_MANUAL_FOCUS = 0
"""libcamera's AfModeEnum.Manual."""
_NS_PER_SECOND = 1_000_000_000

Plane = NDArray[np.uint8]


class PiOptions(NamedTuple):
    """What a person may set of the sensor."""

    frames_per_second: float = 15.0
    exposure_us: int = 2500
    """Microseconds; a fixed exposure, the gain follows the light."""
    lens_position: float = 5.5
    """Dioptres: 1 / metres; left out where the lens does not move."""


class PiCamera:
    """A camera on the ribbon cable.

    `library` has picamera2's `Picamera2` and `MappedArray`; None imports picamera2. `now_ns` is the clock of the
    frames' SensorTimestamp. Raises CameraError when there is no library or no camera.
    """

    def __init__(
        self,
        clock: CameraClock,
        options: PiOptions = PiOptions(),  # noqa: B008 -- a frozen tuple
        library: Any = None,  # noqa: ANN401 -- picamera2 has no types
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._clock, self._now_ns = clock, now_ns
        self._library = library or _load()
        self._camera = _open(self._library)
        try:
            self._streams = _configure(self._camera, options)
            self._camera.start()
        except (RuntimeError, OSError, IndexError) as error:
            self._shut()
            raise CameraError(f"The camera cannot be started ({error}): check its cable, then restart.") from error
        except CameraError:
            self._shut()
            raise
        self._job: Any = None
        self._held = ExitStack()
        self._newest_ns, self._newest_ticks = 0, 0
        self._waited_ns = 0
        self._is_open = True

    def next_frame(self) -> Frame | None:
        """Return the next frame, valid until the next call, or None when none came within half a second.

        Raises CameraStalledError after two seconds without.
        """
        self._held.close()
        if not self._is_open:
            return None
        began = self._now_ns()
        frame = self._take()
        self._waited_ns = 0 if frame else self._waited_ns + self._now_ns() - began
        if self._waited_ns >= STALL_SECONDS * _NS_PER_SECOND:
            self._give_up()
        return frame

    def close(self) -> None:
        """Give the sensor back; leave it when it does not let go within two seconds. May be called twice."""
        self._held.close()
        if self._is_open:
            self._is_open = False
            self._shut()

    def _take(self) -> Frame | None:
        self._job = self._job or self._camera.capture_request(wait=False)
        try:
            request = self._camera.wait(self._job, timeout=WAIT_SECONDS)
        except TimeoutError:
            return None
        self._job = None
        self._held.callback(request.release)
        exposed_ns = int(request.get_metadata()["SensorTimestamp"])
        if exposed_ns <= self._newest_ns:
            return None
        self._newest_ns = exposed_ns
        return Frame(self._plane(request, "main"), self._ticks_at(exposed_ns), self._half(request))

    def _plane(self, request: Any, stream: str) -> Plane:  # noqa: ANN401 -- picamera2 has no types
        """Return the Y plane: the first rows of the buffer, without the padding behind each."""
        width, height = self._streams[stream]
        mapped = self._held.enter_context(self._library.MappedArray(request, stream, write=False))
        plane: Plane = mapped.array[:height, :width]
        return plane

    def _half(self, request: Any) -> Plane | None:  # noqa: ANN401 -- picamera2 has no types
        return self._plane(request, "lores") if "lores" in self._streams else None

    def _ticks_at(self, exposed_ns: int) -> int:
        """Return the boot clock at an exposure; it never runs back."""
        age_ticks = max(0, self._now_ns() - exposed_ns) // NS_PER_TICK
        self._newest_ticks = max(self._newest_ticks, self._clock.boot_ticks() - age_ticks)
        return self._newest_ticks

    def _give_up(self) -> None:
        with suppress(RuntimeError):
            self._camera.cancel_all_and_flush()
        self._job = None
        raise CameraStalledError(
            "The camera has given no frame for 2 seconds: the kiosk restarts; when this comes again, check the "
            "camera's cable and the power supply."
        )

    def _shut(self) -> None:
        closing = threading.Thread(target=_close_quietly, args=(self._camera,), daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)


def _close_quietly(camera: Any) -> None:  # noqa: ANN401 -- picamera2 has no types
    with suppress(Exception):
        camera.close()


def _load() -> Any:  # noqa: ANN401 -- picamera2 has no types
    try:
        return importlib.import_module("picamera2")
    except (ImportError, OSError) as error:
        raise CameraError(
            "The camera 'picamera2' needs Debian's package: type 'apt install python3-picamera2' and let the "
            "kiosk's environment see it (--system-site-packages)."
        ) from error


def _open(library: Any) -> Any:  # noqa: ANN401 -- picamera2 has no types
    try:
        return library.Picamera2()
    except (RuntimeError, OSError, IndexError) as error:
        raise CameraError(
            f"There is no camera on the ribbon cable, or another program has it ({error}): check the cable."
        ) from error


def _configure(camera: Any, options: PiOptions) -> dict[str, tuple[int, int]]:  # noqa: ANN401 -- as above
    """Configure the camera; return the true width and height of each stream, which may not be those asked for."""
    is_own = "ColorFilterArrangement" in camera.camera_properties
    half_sensor = tuple(side // 2 for side in camera.sensor_resolution)
    camera.configure(
        camera.create_video_configuration(
            main={"format": "YUV420", "size": SIZE},
            lores={"format": "YUV420", "size": HALF_SIZE} if is_own else None,
            raw=None, display=None, encode=None, buffer_count=BUFFERS, queue=False,
            sensor={"output_size": half_sensor, "bit_depth": 10} if is_own else None,
            controls=_offered(camera.camera_controls, options),
        )
    )  # fmt: skip
    made = camera.camera_configuration()
    if made["main"]["format"] not in _PLANAR:
        raise CameraError("This is a USB camera: name it as 'v4l2:/dev/video0' in camera.source.")
    return {stream: tuple(made[stream]["size"]) for stream in ("main", "lores") if made.get(stream)}


def _offered(offers: dict[str, tuple[Any, Any, Any]], options: PiOptions) -> dict[str, Any]:
    """Return the controls that this camera has: one it has not would end picamera2.

    `offers` maps names to (min, max, default).
    """
    period_us = round(1_000_000 / options.frames_per_second)
    wanted: dict[str, Any] = {
        "FrameDurationLimits": (period_us, period_us),
        "ExposureTime": options.exposure_us,
        "AfMode": _MANUAL_FOCUS,
        "LensPosition": options.lens_position,
    }
    if "LensPosition" in offers:
        farthest, nearest, _ = offers["LensPosition"]
        wanted["LensPosition"] = min(max(options.lens_position, farthest), nearest)
    return {name: value for name, value in wanted.items() if name in offers}
