"""Frames from a folder of image files, so that what a camera once saw can be seen again.

Pillow, which reads the files, is named nowhere else in the kiosk. No frame is ever written.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge.devices.pace import CameraClock, Pace
from edge.errors import CameraError
from edge.ports import Frame

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".pgm"})


class FolderCamera:
    """Plays the images of a folder once, in the order of their names; raises CameraError when there are none."""

    def __init__(self, folder: Path, clock: CameraClock, frames_per_second: float = 15.0) -> None:
        self._files = _images_in(folder)
        self._clock = clock
        self._pace = Pace(clock, frames_per_second)

    @property
    def is_finished(self) -> bool:
        """Tell whether all images were shown."""
        return not self._files

    def next_frame(self) -> Frame | None:
        """Return the next image as a frame, or None after the last; raise CameraError when it cannot be read."""
        self._pace.wait()
        if not self._files:
            return None
        return Frame(read_gray(self._files.pop(0)), self._clock.boot_ticks())

    def close(self) -> None:
        """Show nothing more."""
        self._files.clear()


def read_gray(path: Path) -> NDArray[np.uint8]:
    """Return an image file as an 8-bit plane (height, width); raise CameraError when it is none."""
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise CameraError(f"The image {path} cannot be read: replace it or take it out of the folder.") from error


def _images_in(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise CameraError(
            f"The camera's folder {folder} cannot be opened ({error.strerror}): name a folder of images as its source."
        ) from error
    if not files:
        raise CameraError(f"The camera's folder {folder} holds no images: put PNG, JPEG, WebP or PGM files there.")
    return files
