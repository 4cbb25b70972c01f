"""Watching a camera's stream, frame by frame, at a cost that a small computer can bear all day.

Where nothing moves, almost nothing is done. Where something does, each frame gets a fast look at half its size, every
third a look at all its pixels, and every ninth one that tells dark from bright by the neighbourhood and also reads
bright on dark: a card is before the camera for many frames, so no frame has to be read at any price.
"""

from edge.ports import Frame
from edge.scanner.decoders import Contrast, DecoderName, open_decoder
from edge.scanner.motion import MotionGate
from edge.scanner.planes import halve
from edge.scanner.still import SMALLEST_SIDE, Planes, check_image, in_rows

ROBUST_EVERY = 3
"""Active frames, from the first on."""
LOCAL_MEAN_EVERY = 9
"""Active frames, from the second on, when nothing else read anything."""


class Scanner:
    """Reads the texts in one camera's frames.

    Raises EdgeError when the decoder that was asked for is not there.
    """

    def __init__(self, decoder: DecoderName = "zxing") -> None:
        self._read = open_decoder(decoder)
        self._gate = MotionGate()
        self._active_frames = 0
        self._last_texts: list[str] = []

    def scan(self, frame: Frame) -> list[str]:
        """Return the texts that are visible in this frame, each once.

        A still frame that is not looked at shows what the one last looked at showed. Raises ValueError when the
        frame is no 8-bit image.
        """
        gray = frame.gray
        check_image(gray)
        if min(gray.shape) < SMALLEST_SIDE:
            return []
        if self._gate.notices_motion(gray):
            self._last_texts = self._look(Planes(in_rows(gray)))
            self._active_frames += 1
        else:
            self._active_frames = 0
            if self._gate.is_still_look_due:
                self._last_texts = self._read(halve(in_rows(gray))).texts
        return list(self._last_texts)

    def _look(self, planes: Planes) -> list[str]:
        """Return the texts of all passes that are due, the fast one's first."""
        texts = self._read(planes.half).texts
        if self._active_frames % ROBUST_EVERY == 0:
            texts += self._read(planes.gray).texts or self._read(planes.soft).texts
        if not texts and self._active_frames % LOCAL_MEAN_EVERY == 1:
            texts = self._read(planes.soft_by_near_mean, Contrast.FIXED, invert=True).texts
        return list(dict.fromkeys(texts))
