"""From a boot clock to an interval of real time, so that no child is late because of a kiosk's clock.

Pure. A boot clock is never stepped, so one synchronised moment of a boot dates everything of that boot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from wire.clock import from_ticks
from wire.messages import TICKS_PER_SECOND, ClockQuality

DRIFT = 100e-6
"""Of a crystal that nothing corrects; 8.6 seconds a day."""
BELIEVED_OFF = timedelta(seconds=30)
"""A wall clock that is further off than this is not believed without an anchor."""
_SYNCHRONISED_WITHIN = timedelta(seconds=16)
"""The kernel calls its clock synchronised only while its own bound on the error is smaller."""

Interval = tuple[datetime, datetime]
"""Earliest and latest, aware UTC."""

_NOTHING: Interval = (datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(0, UTC))


@dataclass(frozen=True, slots=True)
class Anchor:
    """A synchronised moment of one boot."""

    at: int
    """Boot ticks."""
    utc_ms: int
    error_ms: int
    received_at: datetime

    def error_at(self, at_ticks: int) -> timedelta:
        """Bound the error of another moment of this boot that is dated by this anchor."""
        return timedelta(milliseconds=self.error_ms) + DRIFT * abs(_ticks(at_ticks - self.at))

    def moment_of(self, at_ticks: int) -> datetime:
        """Date another moment of this boot."""
        return _from_ms(self.utc_ms) + _ticks(at_ticks - self.at)


def resolve(
    at_ticks: int,
    wall_offset: int,
    quality: ClockQuality,
    anchors: Sequence[Anchor],
    received_at: datetime,
    not_before: datetime,
) -> Interval:
    """Return earliest and latest moment of a row: a point ± error by the best anchor of its boot.

    Without one a clock that was synchronised says it within 16 seconds, and any other clock nothing: the interval is
    then `not_before` to `received_at`. Nothing occurs after it was received.
    """
    best = _best(anchors, at_ticks)
    if best is not None:
        earliest, latest = _around(best, at_ticks)
        return min(earliest, received_at), min(latest, received_at)
    if quality == ClockQuality.NTP:
        wall = from_ticks(at_ticks + wall_offset)
        return min(wall - _SYNCHRONISED_WITHIN, received_at), min(wall + _SYNCHRONISED_WITHIN, received_at)
    return min(not_before, received_at), received_at


def surely_by(
    at_ticks: int,
    wall_offset: int,
    clock_error_seconds: float,
    anchors: Sequence[Anchor],
    received_at: datetime,
) -> datetime | None:
    """Return a moment that a claim's T had surely reached; None when its clock is not believed.

    `clock_error_seconds` is the kiosk's wall clock minus ours when the claim arrived: a clock that is ahead is taken
    back by as much, and nothing is claimed beyond the arrival.
    """
    best = _best(anchors, at_ticks)
    if best is not None:
        return min(_around(best, at_ticks)[0], received_at)
    if abs(clock_error_seconds) > BELIEVED_OFF.total_seconds():
        return None
    return min(from_ticks(at_ticks + wall_offset) - timedelta(seconds=max(0.0, clock_error_seconds)), received_at)


def surely_within(start_ticks: int, end_ticks: int, anchors: Sequence[Anchor]) -> Interval:
    """Return what is surely inside a span of one boot: it loses its clock's error at both ends, and may be empty."""
    first, last = _best(anchors, start_ticks), _best(anchors, end_ticks)
    if first is None or last is None:
        return _NOTHING
    return _around(first, start_ticks)[1], _around(last, end_ticks)[0]


def _is_possible(anchor: Anchor) -> bool:
    """Refuse an anchor that came before the moment it speaks of."""
    return _from_ms(anchor.utc_ms) - timedelta(milliseconds=anchor.error_ms) <= anchor.received_at + BELIEVED_OFF


def _best(anchors: Sequence[Anchor], at_ticks: int) -> Anchor | None:
    believed = [anchor for anchor in anchors if _is_possible(anchor)]
    return min(believed, key=lambda anchor: anchor.error_at(at_ticks), default=None)


def _around(anchor: Anchor, at_ticks: int) -> Interval:
    moment, error = anchor.moment_of(at_ticks), anchor.error_at(at_ticks)
    return moment - error, moment + error


def _ticks(count: int) -> timedelta:
    return timedelta(seconds=count / TICKS_PER_SECOND)


def _from_ms(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
