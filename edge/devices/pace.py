"""When the next frame is due: cameras that have no sensor to wait for are paced here, in real seconds.

A late frame is not made up for: a camera gives the newest frame and never a queue of old ones.
"""

import time
from datetime import datetime
from typing import Protocol


class CameraClock(Protocol):
    """What a camera asks of a clock; `wire.clock.Clock` has it."""

    def now(self) -> datetime:
        """Return the wall clock, aware UTC."""
        ...

    def boot_ticks(self) -> int:
        """Return the boot clock in ticks of 10 ms."""
        ...

    def wait_real(self, seconds: float) -> None:
        """Wait so many real seconds."""
        ...


class Pace:
    """Lets so many frames through in a real second."""

    def __init__(self, clock: CameraClock, frames_per_second: float) -> None:
        self._clock = clock
        self._period_seconds = 1 / frames_per_second
        self._due = time.monotonic()

    def wait(self) -> None:
        """Wait until the next frame is due."""
        now = time.monotonic()
        if self._due > now:
            self._clock.wait_real(self._due - now)
        self._due = max(self._due, now) + self._period_seconds
