"""One clock for all programs, so that no rule ever asks the machine what time it is.

`SystemClock` is the real one. `SimulatedClock` runs a day many times faster from one setting that every process is
given, so that a killed one comes back at the right time. Our own durations are in the clock's seconds; those of
sockets and libraries in real ones.
"""

import ctypes
import math
import struct
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Annotated, NamedTuple, Protocol

import msgspec

from wire.messages import TICKS_PER_SECOND, ClockQuality

NS_PER_TICK = 1_000_000_000 // TICKS_PER_SECOND
_LIBC = ctypes.CDLL(None)
_TIMEX_BYTES = 208
"""sizeof(struct timex) on 64-bit Linux, x86 and ARM."""
_TIMEX_MAXERROR_OFFSET = 3 * ctypes.sizeof(ctypes.c_long)
"""Behind modes (padded), offset and freq."""
_TIME_ERROR = 5
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class Jump(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch of simulated time that is left out; aware datetimes, `to` the later one."""

    at: Aware
    to: Aware


class Simulation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one setting that makes a clock simulated; aware datetimes, jumps forward and in order."""

    start: Aware
    """Simulated time at the real instant `started_at`."""
    started_at: Aware
    speed: float = 1.0
    jumps: tuple[Jump, ...] = ()

    def __post_init__(self) -> None:
        moments = [moment for jump in self.jumps for moment in (jump.at, jump.to)]
        if any(moment.tzinfo is None for moment in [self.start, self.started_at, *moments]):
            raise ValueError("every moment of a simulation needs its offset from UTC")
        if not (math.isfinite(self.speed) and self.speed > 0):
            raise ValueError("the speed of a simulation must be above 0")
        if moments != sorted(moments):
            raise ValueError("the jumps of a simulation must go forward, one after the other")


class Clock(Protocol):
    """Wall clock, boot clock and waiting."""

    def now(self) -> datetime:
        """Return the wall clock, aware UTC."""
        ...

    def boot_ticks(self) -> int:
        """Return the boot clock in ticks of 10 ms: never stepped, counts through suspend."""
        ...

    def boot_id(self) -> bytes:
        """Return the 16 bytes that name this boot."""
        ...

    def quality(self) -> ClockQuality:
        """Tell how far the wall clock can be trusted now."""
        ...

    def error_ms(self) -> int:
        """Return the bound on the wall clock's error in milliseconds; it means something only when synchronised."""
        ...

    def wait(self, seconds: float, wake: Event | None = None) -> bool:
        """Wait so many of this clock's seconds, or until `wake` is set; tell whether it was."""
        ...

    def wait_real(self, seconds: float) -> None:
        """Wait so many real seconds, whatever this clock's speed."""
        ...


class _KernelClock(NamedTuple):
    is_synchronised: bool
    error_ms: int


def _kernel_clock() -> _KernelClock:
    """Ask adjtimex(2), which needs no privilege: TIME_ERROR while unsynchronised, maxerror in microseconds."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    state = _LIBC.adjtimex(timex)
    (max_error_us,) = struct.unpack_from("l", timex, _TIMEX_MAXERROR_OFFSET)
    return _KernelClock(is_synchronised=0 <= state < _TIME_ERROR, error_ms=-(-max_error_us // 1000))


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """Return the machine's wall clock, aware UTC."""
        return datetime.now(UTC)

    def boot_ticks(self) -> int:
        """Return CLOCK_BOOTTIME in ticks."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // NS_PER_TICK

    def boot_id(self) -> bytes:
        """Return the kernel's boot id."""
        return uuid.UUID(_BOOT_ID.read_text(encoding="ascii").strip()).bytes

    def quality(self) -> ClockQuality:
        """Return NTP when the kernel says that its clock is synchronised."""
        return ClockQuality.NTP if _kernel_clock().is_synchronised else ClockQuality.UNTRUSTED

    def error_ms(self) -> int:
        """Return the kernel's bound on the wall clock's error, in milliseconds."""
        return _kernel_clock().error_ms

    def wait(self, seconds: float, wake: Event | None = None) -> bool:
        """Wait so many seconds, or until `wake` is set."""
        return (wake or Event()).wait(max(0.0, seconds))

    def wait_real(self, seconds: float) -> None:
        """Wait so many seconds."""
        Event().wait(max(0.0, seconds))


class SimulatedClock(SystemClock):
    """A clock that runs from one setting; it counts as synchronised, and its boot clock jumps with it."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._elapsed_before = super().now() - simulation.started_at
        self._created_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def now(self) -> datetime:
        """Return the simulated wall clock, aware UTC; a step of the machine's own does not move it."""
        ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - self._created_ns
        return self.after(self._elapsed_before + timedelta(microseconds=ns // 1000))

    def after(self, elapsed: timedelta) -> datetime:
        """Return the simulated wall clock when so much real time has passed since the simulated start."""
        moment = self._simulation.start + elapsed * self._simulation.speed
        for jump in self._simulation.jumps:
            if moment >= jump.at:
                moment += jump.to - jump.at
        return moment.astimezone(UTC)

    def boot_ticks(self) -> int:
        """Return ticks since an hour before the simulated start."""
        up = self.now() - self._simulation.start + timedelta(hours=1)
        return up // timedelta(milliseconds=10)

    def quality(self) -> ClockQuality:
        """Return NTP: simulated time is synchronised by definition."""
        return ClockQuality.NTP

    def error_ms(self) -> int:
        """Return one tick: simulated time is exact but for its rounding."""
        return 1000 // TICKS_PER_SECOND

    def wait(self, seconds: float, wake: Event | None = None) -> bool:
        """Wait until this clock shows so many seconds later, or until `wake` is set; a jump shortens the wait."""
        now = self.now()
        stretch = self._without_jumps(now + timedelta(seconds=seconds)) - self._without_jumps(now)
        return super().wait(stretch.total_seconds() / self._simulation.speed, wake)

    def _without_jumps(self, moment: datetime) -> datetime:
        for jump in reversed(self._simulation.jumps):
            moment = max(moment - (jump.to - jump.at), min(moment, jump.at))
        return moment


def make_clock(simulation: Simulation | None) -> Clock:
    """Return the clock that a program's settings ask for."""
    return SystemClock() if simulation is None else SimulatedClock(simulation)


def to_ticks(moment: datetime) -> int:
    """Return Unix time of an aware datetime in ticks."""
    return round(moment.timestamp() * TICKS_PER_SECOND)


def from_ticks(ticks: int) -> datetime:
    """Return the aware UTC datetime of Unix time in ticks."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ticks * 10)
