"""Watching a camera's stream, frame by frame, at a cost that a small computer can bear all day.

Where nothing moves, almost nothing is done. Where something does, each frame gets a fast look at half its size, every
third a look at all its pixels, and every ninth one that tells dark from bright by the neighbourhood and also reads
bright on dark: a card is before the camera for many frames, so no frame has to be read at any price.
"""

from edge.errors import DecoderError
from edge.ports import Frame
from edge.scanner.decoders import DecoderName, open_decoder
from edge.scanner.looker import Look, Looker
from edge.scanner.motion import MotionGate
from edge.scanner.planes import Plane
from edge.scanner.quality import ANY, Bounds, Flaw, flaw_of
from edge.scanner.still import SMALLEST_SIDE, check_image


class Scanner:
    """Reads the texts in one camera's frames, with a decoder of that name in this process or with another look.

    Raises EdgeError when the decoder that was asked for is not there.
    """

    def __init__(self, decoder: DecoderName | Look = "zxing", bounds: Bounds = ANY) -> None:
        self._look: Look = Looker(open_decoder(decoder)) if isinstance(decoder, str) else decoder
        self._gate = MotionGate()
        self._bounds = bounds
        self._flaw: Flaw | None = None
        self._active_frames = 0
        self._last_texts: list[str] = []

    def scan(self, frame: Frame) -> list[str]:
        """Return the texts that are visible in this frame, each once.

        A still frame that is not looked at shows what the one last looked at showed. Raises ValueError when the
        frame is no 8-bit image, and DecoderError when what it shows is not known; the next is then looked at well.
        """
        gray = frame.gray
        check_image(gray)
        if min(gray.shape) < SMALLEST_SIDE:
            return []
        if self._gate.notices_motion(gray):
            active_frame, self._active_frames = self._active_frames, self._active_frames + 1
            self._last_texts = self._seen(gray, active_frame)
        else:
            self._active_frames = 0
            if self._gate.is_still_look_due:
                self._last_texts = self._seen(gray, None)
        return list(self._last_texts)

    @property
    def flaw(self) -> Flaw | None:
        """What keeps cards from being read in the last frame, if anything does; a code that was read denies it."""
        return None if self._last_texts else self._flaw

    def close(self) -> None:
        """Leave no decoder behind. May be called twice."""
        self._look.close()

    def _seen(self, gray: Plane, active_frame: int | None) -> list[str]:
        if self._gate.seen is not None:
            self._flaw = flaw_of(self._gate.seen, self._bounds)
        try:
            return self._look(gray, active_frame)
        except DecoderError:
            self._gate.forget()
            self._last_texts = []
            raise
