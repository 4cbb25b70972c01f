"""A flood is many different unknown cards within a minute, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from edge.health import Strangers


def shown(strangers: Strangers, count: int, every: int, first: int = 0) -> int:
    """Show so many cards, one each so many ticks; return the tick of the last."""
    for number in range(count):
        strangers.note((first + number).to_bytes(8, "big"), number * every)
    return (count - 1) * every


def test_sixty_in_a_minute_are_people_and_one_more_is_a_flood() -> None:
    strangers = Strangers(60)
    assert not strangers.are_flood(shown(strangers, 60, 90))
    assert strangers.are_flood(shown(strangers, 61, 90))


def test_the_same_card_again_and_again_is_one_stranger() -> None:
    strangers = Strangers(60)
    for at in range(0, 6000, 10):
        strangers.note(bytes(8), at)

    assert not strangers.are_flood(5999)


@given(every=st.integers(1, 400), count=st.integers(1, 200))
def test_it_is_told_by_the_last_minute_alone(every: int, count: int) -> None:
    strangers = Strangers(60)
    last = shown(strangers, count, every)

    assert strangers.are_flood(last) == (sum(last - at < 6000 for at in range(0, count * every, every)) > 60)
    assert not strangers.are_flood(last + 6000)
