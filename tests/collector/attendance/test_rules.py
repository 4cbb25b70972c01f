"""A mark says no more than is known; above all, silence is not absence until somebody was surely listening."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.attendance.rules import Decided, MarkInputs, Ruling, Tap, decide, is_unseen, silence_needed
from collector.fleet.completeness import Silence
from collector.models import Mark, Reason
from tests.simulation.recorded_kiosk import after
from wire.messages import Lane

REAL = Silence(is_real=True)
UNHEARD = Silence(is_real=False, reason=Reason.NOT_DELIVERED, gate_ids=(2,), since=after(7))
BROKEN = Silence(is_real=False, reason=Reason.NOT_SIGHTED, only_roll=True, gate_ids=(1,))
INPUTS = MarkInputs(
    window_from=after(-400),
    opens_at=after(0),
    late_after_at=after(8),
    cutoff_at=after(12),
    closes_at=after(15),
    class_size=40,
    class_unseen=1,
)
CUTOFF, CLOSES = after(12), after(15)


def _tap(
    minutes: float,
    width_seconds: float = 0.02,
    *,
    lane: Lane = Lane.IN,
    is_own_school: bool = True,
    is_revoked: bool = False,
) -> Tap:
    at = after(minutes)
    return Tap(
        earliest_at=at,
        latest_at=at + timedelta(seconds=width_seconds),
        gate_id=1,
        lane=lane,
        is_own_school=is_own_school,
        is_revoked=is_revoked,
        received_at=after(minutes + 1),
    )


def _decide(
    *taps: Tap,
    now: datetime = CUTOFF,
    silence: Silence | None = None,
    has_card: bool = True,
    class_unseen: int = 1,
    override: Ruling | None = None,
) -> Decided:
    known = replace(INPUTS, taps=taps, silence=silence, has_card=has_card, class_unseen=class_unseen, override=override)
    return decide(known, now)


def test_before_the_cutoff_nobody_is_absent() -> None:
    found = _decide(now=CUTOFF - timedelta(seconds=1), silence=REAL)

    assert (found.mark, found.reason, found.is_final) == (Mark.UNDECIDED, Reason.NOT_YET, False)


def test_unseen_at_the_cutoff_with_real_silence_is_absent() -> None:
    found = _decide(silence=REAL)

    assert (found.mark, found.is_final) == (Mark.ABSENT, True)


def test_unseen_while_a_gate_has_not_delivered_is_undecided_and_names_the_gate() -> None:
    found = _decide(silence=UNHEARD)

    assert (found.mark, found.reason, found.is_final) == (Mark.UNDECIDED, Reason.NOT_DELIVERED, False)
    assert found.evidence["gates"] == [2]
    assert found.evidence["since"] == after(7).isoformat()


def test_without_a_card_in_hand_silence_says_nothing() -> None:
    assert _decide(silence=REAL, has_card=False).reason is Reason.NO_CARD


@pytest.mark.parametrize(("unseen", "mark"), [(20, Mark.ABSENT), (21, Mark.UNDECIDED)])
def test_more_than_half_a_class_unseen_is_held_for_a_person(unseen: int, mark: Mark) -> None:
    found = _decide(silence=REAL, class_unseen=unseen)

    assert found.mark is mark
    assert found.reason is (Reason.ASK if mark is Mark.UNDECIDED else None)


def test_a_failed_gate_leaves_the_unseen_unrecorded_when_the_session_is_over() -> None:
    assert _decide(silence=BROKEN, now=CUTOFF).mark is Mark.UNDECIDED

    found = _decide(silence=BROKEN, now=CLOSES)

    assert (found.mark, found.reason, found.is_final) == (Mark.UNRECORDED, Reason.NOT_SIGHTED, True)


def test_a_tap_before_late_after_is_present_at_once_whatever_the_other_gates_do() -> None:
    found = _decide(_tap(7.9), now=after(7.9), silence=UNHEARD)

    assert (found.mark, found.is_final, found.seen_at, found.seen_gate_id) == (
        Mark.PRESENT,
        True,
        after(7.9) + timedelta(seconds=0.01),
        1,
    )


def test_a_tap_after_late_after_is_late_by_whole_minutes_when_nothing_before_it_went_unseen() -> None:
    found = _decide(_tap(10.9), silence=REAL)

    assert (found.mark, found.minutes_late, found.is_final) == (Mark.LATE, 2, True)


def test_the_first_moment_of_late_is_late() -> None:
    assert _decide(_tap(8), silence=REAL).mark is Mark.LATE


def test_a_tap_after_late_after_is_only_present_while_an_earlier_one_may_be_missing() -> None:
    found = _decide(_tap(10), silence=UNHEARD)

    assert (found.mark, found.is_final, found.minutes_late) == (Mark.PRESENT, False, None)


def test_no_child_is_late_because_of_a_wide_interval() -> None:
    assert _decide(_tap(7, width_seconds=240), silence=REAL).mark is Mark.PRESENT


def test_an_arrival_known_only_within_minutes_has_no_moment_that_people_are_told() -> None:
    found = _decide(_tap(1, width_seconds=300))

    assert (found.mark, found.seen_at) == (Mark.PRESENT, None)


def test_an_interval_that_reaches_beyond_the_session_is_undecided() -> None:
    found = _decide(_tap(-500, width_seconds=31_000), silence=REAL)

    assert (found.mark, found.reason) == (Mark.UNDECIDED, Reason.TIME_UNKNOWN)


def test_a_tap_that_may_have_been_in_time_keeps_a_later_one_from_being_late() -> None:
    assert _decide(_tap(-500, width_seconds=31_000), _tap(10), silence=REAL).mark is Mark.PRESENT


def test_a_revoked_card_is_undecided_unless_the_active_one_was_seen_too() -> None:
    old = _tap(3, is_revoked=True)

    assert _decide(old, silence=REAL).reason is Reason.OLD_CARD
    assert _decide(old, _tap(5), silence=REAL).mark is Mark.PRESENT
    assert _decide(old, _tap(10), silence=REAL).mark is Mark.PRESENT, "it may well have been the child at minute 3"


@pytest.mark.parametrize("elsewhere", [_tap(5, is_own_school=False), _tap(5, lane=Lane.OUT)])
def test_who_was_seen_elsewhere_is_never_absent_by_silence(elsewhere: Tap) -> None:
    found = _decide(elsewhere, silence=REAL)

    assert (found.mark, found.reason) == (Mark.UNDECIDED, Reason.ASK)
    assert found.evidence["taps"]


def test_going_home_from_the_session_before_says_nothing_about_this_one() -> None:
    assert _decide(_tap(-30, lane=Lane.OUT), silence=REAL).mark is Mark.ABSENT


def test_a_tap_after_the_end_is_no_arrival() -> None:
    assert _decide(_tap(15.1), silence=REAL).mark is Mark.ABSENT


@pytest.mark.parametrize("mark", [Mark.PRESENT, Mark.LATE, Mark.ABSENT])
def test_what_staff_say_rules_over_everything(mark: Mark) -> None:
    found = _decide(_tap(3), silence=UNHEARD, override=Ruling(mark, {"reason": "seen in class"}))

    assert (found.mark, found.is_final) == (mark, True)
    assert found.evidence["override"] == {"reason": "seen in class"}


MINUTES = st.floats(-600, 30, allow_nan=False)
TAPS = st.builds(
    _tap,
    MINUTES,
    st.floats(0, 40_000),
    lane=st.sampled_from(Lane),
    is_own_school=st.booleans(),
    is_revoked=st.booleans(),
)
SILENCES = st.one_of(
    st.none(),
    st.sampled_from([UNHEARD, BROKEN]),
    st.builds(Silence, is_real=st.just(value=False), reason=st.sampled_from(Reason)),
)
NOWS = st.floats(-60, 900).map(after)


@given(st.lists(TAPS, max_size=4), SILENCES, NOWS, st.integers(0, 40))
def test_without_completeness_nobody_is_ever_absent_or_late(
    taps: list[Tap], silence: Silence | None, now: datetime, unseen: int
) -> None:
    found = _decide(*taps, now=now, silence=silence, class_unseen=unseen)

    assert found.mark not in {Mark.ABSENT, Mark.LATE}


@given(st.lists(TAPS, min_size=1, max_size=4), NOWS)
def test_a_tap_in_the_session_at_an_own_gate_is_never_absent(taps: list[Tap], now: datetime) -> None:
    inside = replace(taps[0], earliest_at=after(2), latest_at=after(3), is_own_school=True, lane=Lane.BOTH)

    assert _decide(inside, *taps[1:], now=now, silence=REAL).mark is not Mark.ABSENT


@given(st.lists(TAPS, max_size=4), NOWS)
def test_late_is_said_only_when_no_tap_can_have_been_in_time(taps: list[Tap], now: datetime) -> None:
    found = _decide(*taps, now=now, silence=REAL)

    if found.mark is Mark.LATE:
        own = [tap for tap in taps if tap.is_own_school and tap.lane is not Lane.OUT]
        assert not any(INPUTS.window_from < tap.latest_at and tap.earliest_at < INPUTS.late_after_at for tap in own)


@given(st.lists(TAPS, max_size=4), NOWS, st.sampled_from([REAL, UNHEARD, BROKEN]))
def test_the_order_of_taps_changes_nothing(taps: list[Tap], now: datetime, silence: Silence) -> None:
    assert _decide(*taps, now=now, silence=silence) == _decide(*reversed(taps), now=now, silence=silence)


@given(st.lists(TAPS, max_size=4), NOWS)
def test_silence_is_asked_for_wherever_it_could_decide(taps: list[Tap], now: datetime) -> None:
    inputs = replace(INPUTS, taps=tuple(taps))

    if silence_needed(inputs, now) is None:
        outcomes = {decide(replace(inputs, silence=one), now).mark for one in (REAL, UNHEARD, BROKEN, None)}
        assert len(outcomes) == 1


def test_a_student_that_staff_saw_is_not_counted_as_unseen() -> None:
    assert is_unseen(INPUTS)
    assert not is_unseen(replace(INPUTS, override=Ruling(Mark.PRESENT, {})))
    assert not is_unseen(replace(INPUTS, taps=(_tap(5),)))
