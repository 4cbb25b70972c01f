"""As much of OpenCV's `cv2` as `edge.devices.webcam` uses: a webcam on a desk, without OpenCV and without the desk.

`Desk` is driven by physics: somebody shows an image, the camera hangs, is pulled out, or a film ends.
"""

from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
_PERIOD_SECONDS = 0.002


class Desk:
    """What stands before the camera, and what befalls it."""

    def __init__(self, film: list[Image] | None = None) -> None:
        self.film = film
        self.image: Image = np.zeros((720, 1280), np.uint8)
        self.is_busy = self.is_pulled = False
        self.blocked = Event()
        self.blocked.set()
        self.settings: dict[int, Any] = {}
        self.opened: list[tuple[Any, ...]] = []
        self.grabbed = self.decoded = self.released = 0

    def show(self, image: Image) -> None:
        """Put an image (height, width) before the camera."""
        self.image = image

    def hang(self) -> None:
        """Let the driver block, as a webcam's does whose cable is loose."""
        self.blocked.clear()

    def go_on(self) -> None:
        """Let the driver come back."""
        self.blocked.set()


class Capture:
    """OpenCV's VideoCapture."""

    def __init__(self, desk: Desk, *source: Any) -> None:  # noqa: ANN401 -- as cv2
        self._desk = desk
        desk.opened.append(source)

    def isOpened(self) -> bool:  # noqa: N802 -- as cv2
        """Tell whether it could be opened."""
        return not self._desk.is_busy

    def set(self, name: int, value: Any) -> bool:  # noqa: ANN401 -- as cv2
        """Take a setting."""
        self._desk.settings[name] = value
        return True

    def grab(self) -> bool:
        """Wait for the next frame; block while the camera hangs."""
        Event().wait(_PERIOD_SECONDS)
        self._desk.blocked.wait()
        self._desk.grabbed += 1
        return not self._desk.is_pulled

    def retrieve(self) -> tuple[bool, Image | None]:
        """Return the frame that was grabbed, in colour."""
        self._desk.decoded += 1
        return True, np.dstack([self._desk.image] * 3)

    def read(self) -> tuple[bool, Image | None]:
        """Return the film's next image."""
        if not self._desk.film:
            return False, None
        return True, np.dstack([self._desk.film.pop(0)] * 3)

    def release(self) -> None:
        """Let the camera go."""
        self._desk.released += 1


def library(desk: Desk) -> SimpleNamespace:
    """Return what `import cv2` gives where this desk stands."""
    return SimpleNamespace(
        VideoCapture=lambda *source: Capture(desk, *source),
        VideoWriter_fourcc=lambda *letters: "".join(letters),
        cvtColor=lambda image, _code: np.ascontiguousarray(image[:, :, 0]),
        CAP_V4L2=200,
        CAP_PROP_FOURCC=6,
        CAP_PROP_FRAME_WIDTH=3,
        CAP_PROP_FRAME_HEIGHT=4,
        CAP_PROP_BUFFERSIZE=38,
        COLOR_BGR2GRAY=6,
    )
