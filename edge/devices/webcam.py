"""Webcams and video files, so that a kiosk can be tried on any computer and a recorded gate be played again.

OpenCV opens both and is imported only then; it is named nowhere else. A webcam's `read` can block for ever, so it
has a thread of its own, which throws every frame away that nobody asked for. No frame is ever written.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.devices.pace import CameraClock, Pace
from edge.errors import CameraError, CameraStalledError
from edge.ports import Frame

SIZE = (1280, 720)
WAIT_SECONDS = 0.5
STALL_SECONDS = 2.0
CLOSE_SECONDS = 2.0
_FAILED_READ_PAUSE_SECONDS = 0.05
_COLOUR_DIMENSIONS = 3

Plane = NDArray[np.uint8]


class VideoCamera:
    """Plays a video file once at the pace of a camera; raises CameraError when it is none."""

    def __init__(self, path: Path, clock: CameraClock, frames_per_second: float = 15.0, library: Any = None) -> None:  # noqa: ANN401 -- cv2 has no types
        self._library = library or _load(f"video:{path}")
        if not path.is_file():
            raise CameraError(f"The video {path} cannot be opened: name a video file as the camera's source.")
        self._capture = self._library.VideoCapture(str(path))
        if not self._capture.isOpened():
            raise CameraError(f"The video {path} cannot be played: convert it to MP4 or AVI.")
        self._clock, self._pace = clock, Pace(clock, frames_per_second)
        self._is_over = False

    def next_frame(self) -> Frame | None:
        """Return the next image when it is due, or None after the last."""
        self._pace.wait()
        if self._is_over:
            return None
        is_read, image = self._capture.read()
        if not is_read:
            self.close()
            return None
        return Frame(_gray(self._library, image), self._clock.boot_ticks())

    def close(self) -> None:
        """Show nothing more."""
        if not self._is_over:
            self._is_over = True
            self._capture.release()


class WebCamera:
    """A V4L2 camera such as /dev/video0, best named as /dev/v4l/by-id/....

    `library` is OpenCV's `cv2`; None imports it. Raises CameraError when there is no OpenCV or no camera.
    """

    def __init__(
        self, device: Path, clock: CameraClock, frames_per_second: float = 15.0, library: Any = None,  # noqa: ANN401 -- cv2 has no types
        now: Callable[[], float] = monotonic,
    ) -> None:  # fmt: skip
        self._library = library or _load(f"v4l2:{device}")
        self._clock, self._now, self._pace = clock, now, Pace(clock, frames_per_second)
        self._capture = _open(self._library, device)
        self._changed = Condition()
        self._frame: Frame | None = None
        self._is_wanted = self._is_closed = False
        self._waited_seconds = 0.0
        self._grabber = Thread(target=self._grab, daemon=True, name="webcam")
        self._grabber.start()

    def next_frame(self) -> Frame | None:
        """Return a frame that was taken after this call, or None when none came within half a second.

        Raises CameraStalledError after two seconds without.
        """
        self._pace.wait()
        if self._is_closed:
            return None
        began = self._now()
        with self._changed:
            self._frame, self._is_wanted = None, True
            self._changed.wait_for(lambda: self._frame is not None, WAIT_SECONDS)
            frame = self._frame
        self._waited_seconds = 0.0 if frame else self._waited_seconds + self._now() - began
        if self._waited_seconds >= STALL_SECONDS:
            raise CameraStalledError(
                "The webcam has given no frame for 2 seconds: the kiosk restarts; when this comes again, plug the "
                "webcam in anew or take another port."
            )
        return frame

    def close(self) -> None:
        """Give the camera back; leave it when it does not let go within two seconds. May be called twice."""
        self._is_closed = True
        self._grabber.join(CLOSE_SECONDS)

    def _grab(self) -> None:
        """Take frame after frame, so that the driver never keeps old ones; decode only those that are asked for."""
        while not self._is_closed:
            is_wanted = self._is_wanted
            if not self._capture.grab():
                self._clock.wait_real(_FAILED_READ_PAUSE_SECONDS)
            elif is_wanted:
                self._give(self._clock.boot_ticks())
        self._capture.release()

    def _give(self, captured_ticks: int) -> None:
        is_read, image = self._capture.retrieve()
        if not is_read:
            return
        frame = Frame(_gray(self._library, image), captured_ticks)
        with self._changed:
            self._frame, self._is_wanted = frame, False
            self._changed.notify_all()


def _open(library: Any, device: Path) -> Any:  # noqa: ANN401 -- cv2 has no types
    if not device.exists():
        raise CameraError(f"There is no camera {device}: plug it in; 'ls /dev/v4l/by-id' shows what is there.")
    capture = library.VideoCapture(str(device), library.CAP_V4L2)
    if not capture.isOpened():
        raise CameraError(f"The camera {device} cannot be opened: end the program that uses it, or name another.")
    capture.set(library.CAP_PROP_FOURCC, library.VideoWriter_fourcc(*"MJPG"))
    capture.set(library.CAP_PROP_FRAME_WIDTH, SIZE[0])
    capture.set(library.CAP_PROP_FRAME_HEIGHT, SIZE[1])
    capture.set(library.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _gray(library: Any, image: Any) -> Plane:  # noqa: ANN401 -- cv2 has no types
    plane: Plane = library.cvtColor(image, library.COLOR_BGR2GRAY) if image.ndim == _COLOUR_DIMENSIONS else image
    return plane


def _load(source: str) -> Any:  # noqa: ANN401 -- cv2 has no types
    try:
        return importlib.import_module("cv2")
    except (ImportError, OSError) as error:
        raise CameraError(
            f"The camera '{source}' needs OpenCV: type 'apt install python3-opencv' and let the kiosk's environment "
            "see it (--system-site-packages)."
        ) from error
