"""The geometry of a gate's morning: arrivals a minute above, sight below, on one axis of time.

Positions are percent of the width, so that a drawing grows with the page and its text never does. What we do not know
is a span of its own: it is drawn hatched, never as an empty minute. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.dashboard.schemas import GatePicture, GateState, Span

BARS_PX = 44
_MINUTE = timedelta(minutes=1)
_LEAST_TOP = 4
"""An axis is never scaled so that a single child fills it."""


@dataclass(frozen=True, slots=True)
class Extent:
    """From where to where, in percent of the width."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One minute: percent across, pixels up."""

    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A moment that matters, with its time as a label."""

    x: float
    kind: str
    """`opens`, `late`, `cutoff` or `end`."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Strip:
    """Everything drawn for one gate."""

    bars: tuple[Bar, ...]
    unknown: tuple[Extent, ...]
    """Nothing is known of these spans: hatched through bars and sight."""
    sight: tuple[Extent, ...]
    now_x: float | None
    busiest: int
    minutes: tuple[tuple[datetime, int], ...]
    """The table behind the drawing."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The stretch of time that every strip of a school session shares."""

    start: datetime
    late_after_at: datetime
    cutoff_at: datetime
    end: datetime

    def x(self, moment: datetime) -> float:
        """Return a moment's place in percent, kept inside."""
        share = (moment - self.start) / (self.end - self.start)
        return round(100 * min(1.0, max(0.0, share)), 3)

    def extent(self, span: Span) -> Extent:
        """Return a span's place."""
        left = self.x(span[0])
        return Extent(left, round(self.x(span[1]) - left, 3))

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return the moments that matter."""
        moments = (("opens", self.start), ("late", self.late_after_at), ("cutoff", self.cutoff_at), ("end", self.end))
        return tuple(Line(self.x(at), kind, at) for kind, at in moments)


def make_axis(opens_at: datetime, late_after_at: datetime, cutoff_at: datetime, closes_at: datetime) -> Axis:
    """Return the axis from `opens` to a little after the cutoff: the rest of a long shift has no arrivals."""
    end = min(closes_at, cutoff_at + (cutoff_at - opens_at) / 4)
    return Axis(opens_at, late_after_at, cutoff_at, max(end, cutoff_at))


def per_minute(axis: Axis, moments: Iterable[datetime]) -> Counter[int]:
    """Count moments by minute since the axis began; those outside it are left out."""
    return Counter((moment - axis.start) // _MINUTE for moment in moments if axis.start <= moment < axis.end)


def draw(axis: Axis, now: datetime, moments: Sequence[datetime], gate: GatePicture, top: int) -> Strip:
    """Draw one gate from its arrivals; `top` is the busiest minute of any gate, so that all have one scale."""
    counts = per_minute(axis, moments)
    width = 100 * (_MINUTE / (axis.end - axis.start))
    bars = [_bar(minute, count, width, max(top, _LEAST_TOP)) for minute, count in sorted(counts.items())]
    seen = merged([(max(start, axis.start), min(end, axis.end, now)) for start, end in gate.sight])
    return Strip(
        bars=tuple(bars),
        unknown=tuple(axis.extent(gap) for gap in _unknown(axis.start, min(now, axis.end), seen, gate)),
        sight=tuple(axis.extent(span) for span in seen),
        now_x=axis.x(now) if axis.start < now < axis.end else None,
        busiest=max(counts.values(), default=0),
        minutes=tuple((axis.start + minute * _MINUTE, count) for minute, count in sorted(counts.items())),
    )


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order without overlaps; empty ones are dropped."""
    result: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def gaps(start: datetime, end: datetime, spans: Sequence[Span]) -> list[Span]:
    """Return what merged spans leave open between two moments."""
    found: list[Span] = []
    for left, right in spans:
        if left > start:
            found.append((start, min(left, end)))
        start = max(start, right)
    if start < end:
        found.append((start, end))
    return [gap for gap in found if gap[0] < gap[1]]


def _unknown(start: datetime, reach: datetime, seen: Sequence[Span], gate: GatePicture) -> list[Span]:
    """Return what nobody can know: not watched, or watched and not told yet.

    A gate that works tells its last minutes a little later by design: that is no gap.
    """
    if gate.state is GateState.FINE and seen and reach - seen[-1][1] < 3 * _MINUTE:
        reach = min(reach, seen[-1][1])
    return gaps(start, reach, seen)


def _bar(minute: int, count: int, width: float, top: int) -> Bar:
    height = max(2.0, round(BARS_PX * count / top, 1))
    return Bar(round(minute * width, 3), round(width * 0.82, 3), BARS_PX - height, height)
