"""A login outlives a simulated day, and guessing gets slow but nobody is locked out."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.auth.rules import LONGEST_WAIT, is_alive, is_use_noted, wait_before_next

NOON = datetime(2027, 3, 15, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_login_survives_a_school_day_that_is_used() -> None:
    assert is_alive(NOON, NOON + 6 * HOUR, NOON + 11 * HOUR)


def test_a_login_ends_after_twelve_hours_however_much_it_is_used() -> None:
    assert not is_alive(NOON, NOON + 12 * HOUR, NOON + 12 * HOUR)


def test_a_login_ends_after_eight_hours_without_use() -> None:
    assert is_alive(NOON, NOON, NOON + 7 * HOUR)
    assert not is_alive(NOON, NOON, NOON + 8 * HOUR)


def test_a_login_of_another_clock_is_dead() -> None:
    assert not is_alive(NOON, NOON, NOON - HOUR)


def test_use_is_noted_every_few_minutes_only() -> None:
    assert is_use_noted(NOON, NOON + timedelta(minutes=4))
    assert not is_use_noted(NOON, NOON + timedelta(minutes=5))


def test_three_mistakes_are_free_then_each_waits_longer() -> None:
    waits = [wait_before_next(failures, NOON, NOON) for failures in range(8)]

    assert waits[:3] == [timedelta()] * 3
    assert waits[3:] == sorted(set(waits[3:]))
    assert waits[3] == timedelta(seconds=2)


@given(failures=st.integers(0, 10_000), passed=st.timedeltas(timedelta(days=-2), timedelta(days=2)))
def test_nobody_ever_waits_longer_than_five_minutes(failures: int, passed: timedelta) -> None:
    wait = wait_before_next(failures, NOON, NOON + passed)

    assert timedelta() <= wait <= LONGEST_WAIT


def test_a_day_later_all_is_forgiven() -> None:
    assert wait_before_next(50, NOON, NOON + timedelta(days=1, seconds=1)) == timedelta()
