"""Spans of time as plain pairs: union, difference and what is cut out. Pure, and of nothing but time."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

Span = tuple[datetime, datetime]
"""From and to, aware UTC; empty unless from < to."""

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the same time as the fewest spans, in order."""
    whole: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if whole and start <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(whole[-1][1], end)
        else:
            whole.append((start, end))
    return whole


def minus(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what is left of spans when the taken ones are cut out, in order."""
    cuts = union(taken)
    left: list[Span] = []
    for start, end in union(spans):
        at = start
        for cut_start, cut_end in cuts:
            if cut_end <= at or cut_start >= end:
                continue
            if cut_start > at:
                left.append((at, cut_start))
            at = cut_end
        if at < end:
            left.append((at, end))
    return left


def is_touched(spans: Sequence[Span], others: Iterable[Span]) -> bool:
    """Tell whether any of the others shares time with any of the spans; a point at a border is no time."""
    return any(start < other_end and other_start < end for other_start, other_end in others for start, end in spans)


def total(spans: Iterable[Span]) -> timedelta:
    """Add up the lengths of spans that do not overlap."""
    return sum((end - start for start, end in spans), timedelta())
