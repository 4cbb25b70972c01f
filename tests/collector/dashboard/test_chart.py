"""What is not known is drawn as not known, and nothing leaves the frame."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.dashboard.chart import BARS_PX, Axis, draw, gaps, make_axis, merged
from collector.dashboard.schemas import GatePicture, GateState, Span

OPENS = datetime(2027, 3, 14, 23, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AXIS = make_axis(OPENS, OPENS + 8 * MINUTE, OPENS + 12 * MINUTE, OPENS + 15 * MINUTE)

minutes = st.integers(-30, 60).map(lambda count: OPENS + count * MINUTE)
spans = st.lists(st.tuples(minutes, minutes), max_size=8)


def _gate(state: GateState, sight: tuple[Span, ...]) -> GatePicture:
    return GatePicture(1, "ក", "Back gate", ("kl-back-1",), state, None, 0, None, sight, None)


def test_the_rest_of_a_long_shift_is_left_out() -> None:
    axis = make_axis(OPENS, OPENS + 45 * MINUTE, OPENS + 60 * MINUTE, OPENS + 240 * MINUTE)

    assert axis.end == OPENS + 75 * MINUTE


def test_a_silent_gate_is_hatched_from_its_last_word_to_now() -> None:
    silent = _gate(GateState.SILENT, ((OPENS, OPENS + 7 * MINUTE),))

    strip = draw(AXIS, OPENS + 12 * MINUTE, [], silent, 0)

    assert [(gap.x, gap.x + gap.width) for gap in strip.unknown] == [
        (AXIS.x(OPENS + 7 * MINUTE), AXIS.x(OPENS + 12 * MINUTE))
    ]


def test_a_gate_that_works_is_not_hatched_for_its_last_minute() -> None:
    fine = _gate(GateState.FINE, ((OPENS, OPENS + 7 * MINUTE),))

    assert draw(AXIS, OPENS + 8 * MINUTE, [], fine, 0).unknown == ()


def test_the_future_is_not_hatched() -> None:
    unheard = _gate(GateState.NEVER_HEARD, ())

    assert draw(AXIS, OPENS - MINUTE, [], unheard, 0).unknown == ()


def test_both_gates_share_a_scale() -> None:
    gate = _gate(GateState.FINE, ())
    moments = [OPENS + timedelta(seconds=second) for second in range(5)]

    assert draw(AXIS, OPENS + MINUTE, moments, gate, top=10).bars[0].height == BARS_PX / 2


@given(spans=spans)
def test_merged_spans_are_in_order_and_apart(spans: list[Span]) -> None:
    found = merged(spans)

    assert all(start < end for start, end in found)
    assert all(left[1] < right[0] for left, right in pairwise(found))


@given(spans=spans, moment=minutes)
def test_each_moment_is_either_seen_or_a_gap(spans: list[Span], moment: datetime) -> None:
    seen = merged(spans)
    start, end = OPENS, OPENS + 15 * MINUTE
    is_seen = any(left <= moment < right for left, right in seen)
    is_gap = any(left <= moment < right for left, right in gaps(start, end, seen))

    if start <= moment < end:
        assert is_seen != is_gap
    else:
        assert not is_gap


@given(sight=spans, taps=st.lists(minutes, max_size=20), now=minutes, state=st.sampled_from(GateState))
def test_nothing_is_drawn_outside_the_frame(
    sight: list[Span], taps: list[datetime], now: datetime, state: GateState
) -> None:
    strip = draw(AXIS, now, taps, _gate(state, tuple(sight)), top=3)

    for part in (*strip.unknown, *strip.sight):
        assert part.x >= 0
        assert part.width >= 0
        assert part.x + part.width <= 100.01
    assert all(0 <= bar.x <= 100 for bar in strip.bars)


def test_an_axis_keeps_moments_inside() -> None:
    axis = Axis(OPENS, OPENS, OPENS, OPENS + MINUTE)

    assert (axis.x(OPENS - MINUTE), axis.x(OPENS + 2 * MINUTE)) == (0, 100)
