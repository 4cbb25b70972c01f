"""Sight, measured at the end of the pipeline: a frame counts when it was wholly judged and the outbox can commit.

A span that is still open is stored in place every 30 s, so that a crash loses no more; it becomes a row when it
breaks and before each claim. A span that goes on begins exactly where the former ended: their union has no hole.
"""

from threading import RLock

from edge.clock import KioskClock
from edge.errors import StorageFullError
from edge.outbox import Outbox
from wire.messages import TICKS_PER_SECOND, Lane, SightSpan

KEEP_TICKS = 30 * TICKS_PER_SECOND
MARGIN_TICKS = TICKS_PER_SECOND
"""A claim stays this far behind the clock."""


class Sight:
    """The open span and the claim's T; the scan loop tells it of frames, another thread may ask for a claim."""

    def __init__(self, outbox: Outbox, clock: KioskClock, lane: Lane, break_ticks: int) -> None:
        self._outbox, self._clock, self._lane, self._break_ticks = outbox, clock, lane, break_ticks
        self._lock = RLock()
        self._span: SightSpan | None = None
        self._proved_at = 0
        self._owed: list[SightSpan] = []
        self._through = max(0, clock.ticks() - MARGIN_TICKS)
        self._claimed = 0
        self._judging: int | None = None
        self._seen_at = clock.ticks()
        self._frames = 0

    @property
    def is_open(self) -> bool:
        """Tell whether a tap could be recorded now."""
        with self._lock:
            return self._span is not None and self._clock.ticks() - self._span.at < self._break_ticks

    @property
    def through(self) -> int:
        """Boot ticks up to which all is committed: the last wholly judged frame, at least a second ago."""
        with self._lock:
            oldest_open = self._through if self._judging is None else self._judging - 1
            return max(0, min(self._through, oldest_open, self._clock.ticks() - MARGIN_TICKS))

    @property
    def is_blind(self) -> bool:
        """Tell whether no frame could be judged for longer than sight may be interrupted."""
        with self._lock:
            return self._clock.ticks() - self._seen_at >= self._break_ticks

    @property
    def frames(self) -> int:
        """How many frames were wholly judged."""
        return self._frames

    def begin(self, captured: int) -> bool:
        """Note that the frame exposed at `captured` is being judged: no claim reaches it from now on.

        False when a claim already spoke of that moment: a frame that old must not make a row any more.
        """
        with self._lock:
            if captured <= self._claimed:
                return False
            self._judging = captured
            return True

    def end(self, *, is_whole: bool) -> None:
        """Note that the frame is done; whole when it was judged and all its rows are committed."""
        with self._lock:
            captured, self._judging = self._judging, None
            if captured is not None and is_whole:
                self._judged(captured)

    def _judged(self, captured: int) -> None:
        self._frames += 1
        self._seen_at = self._clock.ticks()
        self._through = max(self._through, captured)
        if self._span is not None and captured - self._span.at >= self._break_ticks:
            self._close(self._span.at)
        if self._span is None:
            self._keep(SightSpan(captured, captured, self._lane))
        elif captured - self._proved_at >= KEEP_TICKS:
            self._keep(SightSpan(self._span.start, captured, self._lane))
        else:
            self._span = SightSpan(self._span.start, max(self._span.at, captured), self._lane)

    def stalled(self, since: int) -> None:
        """Note that the camera gave no frame to a request made at `since`."""
        with self._lock:
            self._through = max(self._through, since - MARGIN_TICKS)
            if self._span is not None and self._clock.ticks() - self._span.at >= self._break_ticks:
                self._close(self._span.at)

    def interrupt(self) -> None:
        """Break sight at the last wholly judged frame: what happens before the camera is not known now."""
        with self._lock:
            if self._span is not None:
                self._close(self._span.at)

    def lost(self) -> None:
        """Break sight: the outbox cannot commit; nothing after its last commit is trusted."""
        with self._lock:
            if self._span is not None:
                self._close(min(self._span.at, self._proved_at))

    def claim(self) -> int:
        """Make the open span a row and return T: all that occurred by these boot ticks is committed."""
        with self._lock:
            through = self.through
            if self._span is not None and self._span.start < self._span.at:
                end = self._span.at
                self._close(end)
                if not self._owed:
                    self._span, self._proved_at = SightSpan(end, end, self._lane), end
            self._claimed = max(self._claimed, through)
            return through

    def finish(self) -> None:
        """Make the open span a row: the program ends."""
        self.interrupt()

    def _keep(self, span: SightSpan) -> None:
        """Store the open span; that this works is the proof that a tap could be stored too."""
        try:
            self._pay()
            self._outbox.keep_span(span, self._clock.reading())
        except StorageFullError:
            self.lost()
        else:
            self._span, self._proved_at = span, span.at

    def _close(self, end: int) -> None:
        span, self._span = self._span, None
        if span is not None and span.start < end:
            self._owed.append(SightSpan(span.start, end, self._lane))
        try:
            self._pay()
        except StorageFullError:
            return

    def _pay(self) -> None:
        """Store the spans that could not be stored before."""
        while self._owed:
            self._outbox.append(self._owed[0], self._clock.reading())
            del self._owed[0]
