"""From boot ticks to intervals of time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.fleet.timeline import Anchor, resolve, surely_by, surely_within
from wire.clock import to_ticks
from wire.messages import ClockQuality

NOON = datetime(2025, 1, 6, 5, 0, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=9)
BOOT = 1_000_000
WALL_OFFSET = to_ticks(NOON) - BOOT


def _anchor(at: int = BOOT, error_ms: int = 50, received_at: datetime = NOON) -> Anchor:
    return Anchor(at, round(NOON.timestamp() * 1000) + (at - BOOT) * 10, error_ms, received_at)


def test_an_anchored_boot_makes_a_row_a_point_within_its_error() -> None:
    earliest, latest = resolve(BOOT - 100, 0, ClockQuality.UNTRUSTED, [_anchor()], NOON, LONG_AGO)

    assert earliest < NOON - timedelta(seconds=1) < latest
    assert latest - earliest < timedelta(seconds=0.11)


def test_the_anchor_with_the_smallest_error_there_rules() -> None:
    far, near = _anchor(BOOT - 8_640_000, error_ms=10), _anchor(error_ms=500)
    earliest, latest = resolve(BOOT, 0, ClockQuality.UNTRUSTED, [far, near], NOON + timedelta(seconds=9), LONG_AGO)

    assert latest - earliest == timedelta(seconds=1)


def test_a_wall_clock_that_nothing_vouches_for_says_nothing() -> None:
    assert resolve(BOOT, WALL_OFFSET, ClockQuality.RTC, [], NOON, LONG_AGO) == (LONG_AGO, NOON)


def test_a_clock_that_was_synchronised_says_it_within_sixteen_seconds() -> None:
    earliest, latest = resolve(BOOT - 6000, WALL_OFFSET, ClockQuality.NTP, [], NOON, LONG_AGO)

    assert (earliest, latest) == (NOON - timedelta(seconds=76), NOON - timedelta(seconds=44))


def test_an_anchor_from_the_future_is_not_believed() -> None:
    liar = _anchor(received_at=NOON - timedelta(hours=1))

    assert resolve(BOOT, 0, ClockQuality.UNTRUSTED, [liar], NOON, LONG_AGO) == (LONG_AGO, NOON)


@given(
    st.integers(0, 2_000_000),
    st.lists(st.integers(0, 2_000_000), max_size=3),
    st.integers(0, 5000),
    st.sampled_from(ClockQuality),
)
def test_an_interval_is_never_empty_and_never_after_its_arrival(
    at: int, anchored: list[int], error_ms: int, quality: ClockQuality
) -> None:
    anchors = [_anchor(anchor, error_ms, NOON + timedelta(hours=3)) for anchor in anchored]
    earliest, latest = resolve(at, WALL_OFFSET, quality, anchors, NOON, LONG_AGO)

    assert earliest <= latest <= NOON


@given(st.integers(0, 2_000_000), st.integers(1, 100_000), st.integers(0, 2000), st.integers(0, 2_000_000))
def test_what_is_surely_inside_a_span_lies_between_its_resolved_ends(
    start: int, length: int, error_ms: int, anchored: int
) -> None:
    later = NOON + timedelta(days=1)
    anchors = [_anchor(anchored, error_ms, later)]
    inner = surely_within(start, start + length, anchors)
    first = resolve(start, 0, ClockQuality.UNTRUSTED, anchors, later, LONG_AGO)
    last = resolve(start + length, 0, ClockQuality.UNTRUSTED, anchors, later, LONG_AGO)

    assert inner == (first[1], last[0])


def test_without_an_anchor_nothing_is_surely_inside_a_span() -> None:
    start, end = surely_within(0, 10_000, [])

    assert start >= end


def test_a_claim_is_capped_by_its_arrival_and_loses_the_clocks_error() -> None:
    assert surely_by(BOOT + 500, WALL_OFFSET, 0.0, [], NOON) == NOON
    assert surely_by(BOOT + 500, WALL_OFFSET, 0.0, [_anchor()], NOON) == NOON
    assert surely_by(BOOT - 500, WALL_OFFSET, 3.0, [], NOON) == NOON - timedelta(seconds=8)
    assert surely_by(BOOT - 500, WALL_OFFSET, -3.0, [], NOON) == NOON - timedelta(seconds=5)


def test_a_clock_off_by_more_than_thirty_seconds_is_believed_only_with_an_anchor() -> None:
    assert surely_by(BOOT - 500, WALL_OFFSET + 9000, 90.0, [], NOON) is None
    believed = surely_by(BOOT - 500, WALL_OFFSET + 9000, 90.0, [_anchor()], NOON)
    assert believed is not None
    assert NOON - timedelta(seconds=5.2) < believed < NOON - timedelta(seconds=5)
