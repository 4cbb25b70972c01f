"""What a child sees and hears: no two signals look alike without their colour, and no two sound alike."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from edge.devices.patterns import PATTERNS, Lamps, lamps_at, steps_to_change
from edge.ports import Signal

SEEN_STEPS = 20
"""A signal stands for two seconds."""

signals = st.sampled_from(Signal)


def _rhythm(signal: Signal) -> list[bool]:
    """Return when anything shines, as an eye that knows no colours sees it."""
    return [lamps.green or lamps.red for lamps in (lamps_at(signal, step) for step in range(SEEN_STEPS))]


def _sound(signal: Signal) -> list[bool]:
    return [lamps_at(signal, step).buzzer for step in range(SEEN_STEPS)]


def test_every_signal_has_a_pattern() -> None:
    assert set(PATTERNS) == set(Signal)


def test_no_two_signals_look_alike_to_one_who_sees_no_colours() -> None:
    assert [pair for pair in combinations(Signal, 2) if _rhythm(pair[0]) == _rhythm(pair[1])] == []


def test_no_two_signals_sound_alike() -> None:
    assert [pair for pair in combinations(Signal, 2) if _sound(pair[0]) == _sound(pair[1])] == []
    assert not any(_sound(Signal.IDLE))


def test_red_never_shines_alone_for_what_was_recorded_well() -> None:
    for signal in (Signal.ACCEPTED, Signal.REPEATED):
        assert not any(lamps_at(signal, step).red for step in range(SEEN_STEPS))


@given(signal=signals)
def test_every_signal_shines_at_once_and_every_sound_ends(signal: Signal) -> None:
    assert lamps_at(signal, 0)[:2] != (False, False)
    assert not any(lamps_at(signal, step).buzzer for step in range(SEEN_STEPS + 1, 100))


@given(signal=signals)
def test_a_signal_shown_again_begins_dark_but_not_silent(signal: Signal) -> None:
    assert lamps_at(signal, 0, is_again=True) == Lamps(buzzer=lamps_at(signal, 0).buzzer)
    assert lamps_at(signal, 1, is_again=True) == lamps_at(signal, 1)


@given(signal=signals, step=st.integers(0, 200), is_again=st.booleans())
def test_nothing_changes_before_the_next_change(signal: Signal, step: int, *, is_again: bool) -> None:
    now, change = lamps_at(signal, step, is_again=is_again), steps_to_change(signal, step, is_again=is_again)

    same = range(step, step + (change or 100))
    assert all(lamps_at(signal, n, is_again=is_again) == now for n in same)
    assert change is None or lamps_at(signal, step + change, is_again=is_again) != now
