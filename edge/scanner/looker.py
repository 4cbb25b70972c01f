"""What is done with the pixels of one frame: the passes that are due, in this process or in one that may be lost.

A look keeps nothing from one frame to the next, so that it can be given to a process which is killed when a crafted
image hangs it. Which frames are worth a look is decided in `edge.scanner.stream`.
"""

from typing import Protocol

from edge.scanner.decoders import Contrast, Decoder
from edge.scanner.planes import Plane, halve
from edge.scanner.still import Planes, in_rows

ROBUST_EVERY = 3
"""Active frames, from the first on."""
LOCAL_MEAN_EVERY = 9
"""Active frames, from the second on, when nothing else read anything."""


class Look(Protocol):
    """Reads one frame after the other; `Looker` does so here, `DecoderProcess` elsewhere."""

    def __call__(self, gray: Plane, active_frame: int | None) -> list[str]:
        """Return the texts in an 8-bit plane, each once.

        `active_frame` counts the frames since something began to move; None is a frame in which nothing moves. Raises
        DecoderError when there is no answer; what the frame shows is then not known.
        """
        ...

    def close(self) -> None:
        """Leave nothing open. May be called twice."""
        ...


class Looker:
    """Looks in this process."""

    def __init__(self, read: Decoder) -> None:
        self._read = read

    def __call__(self, gray: Plane, active_frame: int | None) -> list[str]:
        """Return the texts in an 8-bit plane, each once."""
        gray = in_rows(gray)
        if active_frame is None:
            return self._read(halve(gray)).texts
        return self._look_well(Planes(gray), active_frame)

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _look_well(self, planes: Planes, active_frame: int) -> list[str]:
        """Return the texts of all passes that are due, the fast one's first."""
        texts = self._read(planes.half).texts
        if active_frame % ROBUST_EVERY == 0:
            texts += self._read(planes.gray).texts or self._read(planes.soft).texts
        if not texts and active_frame % LOCAL_MEAN_EVERY == 1:
            texts = self._read(planes.soft_by_near_mean, Contrast.FIXED, invert=True).texts
        return list(dict.fromkeys(texts))
