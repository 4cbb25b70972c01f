"""What a row is stamped with: the boot clock, which never lies, and what the wall clock said beside it.

The wall clock trembles by a tick from one look to the next. If each row kept its own offset, no two could share a
batch; so the offset is an epoch: it changes only when it moved by more than a second, or with the clock's quality.
"""

from datetime import datetime
from threading import Event, Lock

from edge.ports import ClockReading
from wire.clock import Clock, to_ticks
from wire.messages import TICKS_PER_SECOND, ClockAnchor, ClockQuality

EPOCH_TOLERANCE = TICKS_PER_SECOND
"""Ticks the wall clock may move against the boot clock within an epoch."""
ANCHOR_TICKS = 3600 * TICKS_PER_SECOND
_LOOK_TICKS = 5
_MS_PER_TICK = 1000 // TICKS_PER_SECOND
_SYNCHRONISED = frozenset({ClockQuality.COLLECTOR, ClockQuality.NTP})


class KioskClock:
    """Readings and anchors of one clock; may be used by several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._epoch: ClockReading | None = None
        self._anchored: ClockReading | None = None

    def reading(self) -> ClockReading:
        """Look at the clocks."""
        with self._lock:
            ticks, wall = self._look()
            fresh = ClockReading(self._clock.boot_id(), ticks, to_ticks(wall) - ticks, self._clock.quality())
            if self._epoch is None or _is_new_epoch(self._epoch, fresh):
                self._epoch = fresh
            return self._epoch._replace(ticks=ticks)

    def anchor_due(self) -> ClockAnchor | None:
        """Return an anchor when one is owed: the first synchronised moment, each hour, and after a jump."""
        reading = self.reading()
        with self._lock:
            if reading.quality not in _SYNCHRONISED or not _is_anchor_owed(self._anchored, reading):
                return None
            self._anchored = reading
            return self._anchor(reading)

    def anchor_lost(self) -> None:
        """Owe the last anchor again: it could not be stored."""
        with self._lock:
            self._anchored = None

    def _anchor(self, reading: ClockReading) -> ClockAnchor:
        ticks, wall = self._look()
        error_ms = self._clock.error_ms() + _LOOK_TICKS * _MS_PER_TICK
        return ClockAnchor(ticks, round(wall.timestamp() * 1000), error_ms, reading.quality)

    def _look(self) -> tuple[int, datetime]:
        """Read both clocks within a few ticks; a process can be held up between the two."""
        while True:
            ticks, wall = self._clock.boot_ticks(), self._clock.now()
            if self._clock.boot_ticks() - ticks <= _LOOK_TICKS:
                return ticks, wall

    def ticks(self) -> int:
        """Return the boot clock."""
        return self._clock.boot_ticks()

    def now(self) -> datetime:
        """Return the wall clock, aware UTC."""
        return self._clock.now()

    def wait(self, seconds: float, wake: Event | None = None) -> bool:
        """Wait so many clock seconds, or until `wake` is set; tell whether it was."""
        return self._clock.wait(seconds, wake)


def _is_new_epoch(epoch: ClockReading, fresh: ClockReading) -> bool:
    moved = abs(fresh.wall_offset - epoch.wall_offset) > EPOCH_TOLERANCE
    return moved or (fresh.boot_id, fresh.quality) != (epoch.boot_id, epoch.quality)


def _is_anchor_owed(last: ClockReading | None, reading: ClockReading) -> bool:
    if last is None or last._replace(ticks=0) != reading._replace(ticks=0):
        return True
    return reading.ticks - last.ticks >= ANCHOR_TICKS
