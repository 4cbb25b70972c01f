"""The uplink's own durations in clock ticks, in one place.

In a simulated morning the clock runs many times faster, but other programs do not answer faster: waiting for a
receipt never takes less than some real seconds.
"""

from typing import NamedTuple

from wire.messages import TICKS_PER_SECOND

BATCH_ROWS = 100
WINDOW = 8
UNANSWERED_SENDS = 3
"""Sends without a receipt after which a batch is halved."""


class Pace(NamedTuple):
    """Durations in ticks of the kiosk's clock."""

    look: int = TICKS_PER_SECOND // 2
    """How often the uplink looks whether something is due."""
    flush: int = 2 * TICKS_PER_SECOND
    quiet: int = 10 * TICKS_PER_SECOND
    """After so long without sending, the next row is sent at once."""
    patience: int = 15 * TICKS_PER_SECOND
    """The first time-out of a receipt; it doubles."""
    last_patience: int = 900 * TICKS_PER_SECOND
    silence: int = 20 * TICKS_PER_SECOND
    """No receipt for so long after a publish: the connection is given up."""

    @classmethod
    def of(cls, speed: float) -> "Pace":
        """Return the pace for a clock that runs `speed` times as fast as real time."""
        usual = cls()
        real_second = speed * TICKS_PER_SECOND
        return usual._replace(
            patience=max(usual.patience, round(3 * real_second)),
            last_patience=max(usual.last_patience, round(60 * real_second)),
            silence=max(usual.silence, round(5 * real_second)),
        )
