"""What the kiosk asks of the world, so that real and simulated devices are exchanged without a word elsewhere.

Each protocol is one socket of the kiosk. `edge.bootstrap` alone decides what is plugged in; the simulated
devices ship in `edge.devices.simulated` and are driven by physics, not by call counts.
"""

import enum
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from wire.messages import ClockQuality


class ClockReading(NamedTuple):
    """One look at the clocks. Rows whose readings share all but the ticks may share a batch."""

    boot_id: bytes
    ticks: int
    """Boot clock, in ticks of 10 ms."""
    wall_offset: int
    """Ticks to add to the boot clock to get the wall clock (Unix time)."""
    quality: ClockQuality


class Frame(NamedTuple):
    """One image and the instant it was exposed."""

    gray: NDArray[np.uint8]
    """Luma plane, shape (height, width); may be a strided view, valid until the next frame is asked for."""
    captured_ticks: int
    """Boot clock at exposure, in ticks of 10 ms."""
    half: NDArray[np.uint8] | None = None
    """The same image at half the width and height where the camera makes one itself; valid as long as `gray`."""


class Camera(Protocol):
    """Gives frames one at a time; the newest, never a queue of old ones."""

    def next_frame(self) -> Frame | None:
        """Return the newest frame, or None when none came within the camera's own time limit.

        Raises CameraStalledError when it will not give frames any more to this process.
        """
        ...

    def close(self) -> None:
        """Release the device. May be called twice."""
        ...


class Reading(NamedTuple):
    """What a reader said: the texts it read, or with none of them that it was able to read."""

    texts: tuple[str, ...]
    """As they stood in the QR codes; may be no card's."""
    captured_ticks: int
    """Boot clock of the moment this is known of, in ticks of 10 ms."""


@runtime_checkable
class Reader(Protocol):
    """Gives texts instead of frames: a device that reads codes by itself."""

    def next_reading(self) -> Reading | None:
        """Return what the reader said next, or None when it said nothing within its own time limit."""
        ...

    def close(self) -> None:
        """Release the device. May be called twice."""
        ...


class Signal(enum.Enum):
    """What the light, the buzzer and the screen can say to the person who holds a card."""

    IDLE = "idle"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    OUT_OF_HOURS = "out_of_hours"
    REPEATED = "repeated"
    MALFORMED = "malformed"
    STORAGE_FULL = "storage_full"
    BLIND = "blind"
    CLOSED = "closed"


class Indicator(Protocol):
    """Light, buzzer and screen as one."""

    def show(self, signal: Signal) -> None:
        """Show the signal until the next one; return at once."""
        ...

    def close(self) -> None:
        """Go dark and silent. May be called twice; what is shown afterwards is not seen."""
        ...


class ShutdownButton(Protocol):
    """With what the guard ends the day."""

    def is_held(self) -> bool:
        """Tell whether it has been held long enough to be meant; asked once a frame."""
        ...

    def close(self) -> None:
        """Let go of it. May be called twice; it is not held any more afterwards."""
        ...


class Board(Protocol):
    """The computer the kiosk runs on."""

    @property
    def serial(self) -> str:
        """The board's own serial number; an outbox is bound to it."""
        ...
