"""One tap per hold, because a card that is held up for two seconds is read in thirty frames and came once.

Pure state over texts and ticks: no image and no clock. Whether a tap is a repeat of an earlier one is judged elsewhere.
"""

from collections.abc import Iterable

HOLD_RELEASE_TICKS = 100
"""One second: as long as a reader may lose a card that is still held up."""
HOLD_RELEASE_FRAMES = 3
"""Frames without the card that end a hold at the earliest, however far apart frames are."""


class _Hold:
    """A text that is held up, and when it was last seen."""

    def __init__(self, seen_ticks: int) -> None:
        self.seen_ticks = seen_ticks
        self.frames_unseen = 0


class HoldTracker:
    """Follows which texts are held up before one camera.

    A hold ends when its text was unseen for more than `release_ticks` *and* in at least `release_frames` frames:
    the first bridges frames in which the reading failed, the second a machine or a simulated clock whose frames lie
    further apart than that.
    """

    def __init__(self, release_ticks: int = HOLD_RELEASE_TICKS, release_frames: int = HOLD_RELEASE_FRAMES) -> None:
        self._release_ticks = release_ticks
        self._release_frames = release_frames
        self._holds: dict[str, _Hold] = {}

    def taps(self, texts: Iterable[str], seen_ticks: int) -> list[str]:
        """Return the texts whose hold begins with this frame, in the order given.

        Call it for every frame, also without texts; `seen_ticks` is the frame's boot clock in ticks of 10 ms.
        """
        visible = list(dict.fromkeys(texts))
        begun = [text for text in visible if self._is_new(text, seen_ticks)]
        self._age(visible, seen_ticks)
        for text in visible:
            self._holds[text] = _Hold(seen_ticks)
        return begun

    def _is_new(self, text: str, now_ticks: int) -> bool:
        hold = self._holds.get(text)
        return hold is None or self._is_over(hold, now_ticks)

    def _is_over(self, hold: _Hold, now_ticks: int) -> bool:
        is_long_ago = now_ticks - hold.seen_ticks > self._release_ticks
        return is_long_ago and hold.frames_unseen >= self._release_frames

    def _age(self, visible: list[str], now_ticks: int) -> None:
        for text, hold in list(self._holds.items()):
            hold.frames_unseen += text not in visible
            if self._is_over(hold, now_ticks):
                del self._holds[text]
