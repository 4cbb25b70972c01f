"""A clock that stands still until a test moves it, so that no test ever sleeps.

It obeys the same protocol as the machine's clock and is driven by physics: time advances, the wall clock is set
wrong or right, the machine reboots. It knows nothing of what is tested with it.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from threading import Condition, Event

from wire.messages import TICKS_PER_SECOND, ClockQuality

MONDAY_0640 = datetime(2025, 1, 5, 23, 40, tzinfo=UTC)
"""Monday 06:40 in Cambodia."""
_LOOK_SECONDS = 0.002


class ManualClock:
    """`wire.clock.Clock` that moves only by `advance`, `step_wall` and `reboot`; safe to move from any thread."""

    def __init__(self, start: datetime = MONDAY_0640, ticks: int = 360_000, boot: str = "first") -> None:
        self._moved = Condition()
        self._now = start
        self._ticks = ticks
        self._boot = boot
        self._quality = ClockQuality.NTP
        self._error_ms = 10

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass on the wall clock and on the boot clock."""
        with self._moved:
            self._now += timedelta(seconds=seconds)
            self._ticks += round(seconds * TICKS_PER_SECOND)
            self._moved.notify_all()

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back; the boot clock does not notice."""
        with self._moved:
            self._now += timedelta(seconds=seconds)

    def reboot(self, boot: str, ticks: int = 1000) -> None:
        """Start a new boot of this name, `ticks` after power on."""
        with self._moved:
            self._boot, self._ticks = boot, ticks
            self._moved.notify_all()

    def trust(self, quality: ClockQuality, error_ms: int = 10) -> None:
        """Say how far the wall clock can be trusted from now on."""
        with self._moved:
            self._quality, self._error_ms = quality, error_ms

    def now(self) -> datetime:
        """Return the wall clock, aware UTC."""
        with self._moved:
            return self._now

    def boot_ticks(self) -> int:
        """Return the boot clock in ticks of 10 ms."""
        with self._moved:
            return self._ticks

    def boot_id(self) -> bytes:
        """Return 16 bytes made from the boot's name."""
        with self._moved:
            return boot_id(self._boot)

    def quality(self) -> ClockQuality:
        """Tell how far the wall clock can be trusted."""
        with self._moved:
            return self._quality

    def error_ms(self) -> int:
        """Return the bound on the wall clock's error."""
        with self._moved:
            return self._error_ms

    def wait(self, seconds: float, wake: Event | None = None) -> bool:
        """Wait until so many seconds were let pass by somebody, or until `wake` is set."""
        with self._moved:
            boot, deadline = self._boot, self._ticks + round(seconds * TICKS_PER_SECOND)
            while self._boot == boot and self._ticks < deadline:
                if wake is not None and wake.is_set():
                    break
                self._moved.wait(_LOOK_SECONDS)
        return wake is not None and wake.is_set()

    def wait_real(self, seconds: float) -> None:
        """Wait so many real seconds, at most one look."""
        Event().wait(min(seconds, _LOOK_SECONDS))


def boot_id(name: str) -> bytes:
    """Return the 16 bytes that stand for a boot of this name."""
    return hashlib.blake2b(name.encode(), digest_size=16).digest()
