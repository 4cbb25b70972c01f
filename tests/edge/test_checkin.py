"""Every well-formed card is recorded whatever the kiosk thinks of it; the light says what it thinks (P8)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.checkin import Place, Reason, Refusal, judge, signal_of
from edge.gatebook import GateBookView
from edge.ports import ClockReading, Signal
from wire.card import Card, card_of, new_number
from wire.clock import to_ticks
from wire.messages import CheckIn, ClockQuality, Lane, Verdict

PLACE = Place(Lane.IN, 3000)
CARD, OTHER = card_of("S0123456789ABCDE"), card_of("SZZZZZZZZZZZZZZZ")
MORNING = GateBookView(frozenset({CARD.tag}), hours=((6 * 3600, 8 * 3600),), utc_offset_seconds=7 * 3600, revision=1)


def at(moment: datetime, quality: ClockQuality = ClockQuality.NTP, ticks: int = 50_000) -> ClockReading:
    return ClockReading(bytes(16), ticks, to_ticks(moment) - ticks, quality)


SEVEN = at(datetime(2025, 1, 6, 0, 0, tzinfo=UTC))
NINE = at(datetime(2025, 1, 6, 2, 0, tzinfo=UTC))


def verdict(card: Card, now: ClockReading, book: GateBookView) -> Verdict:
    outcome = judge(card, now, {}, book, PLACE)
    assert isinstance(outcome, CheckIn)
    return outcome.verdict


def test_a_card_of_the_school_in_its_hours_is_known() -> None:
    assert judge(CARD, SEVEN, {}, MORNING, PLACE) == CheckIn(50_000, CARD.tag, Lane.IN, Verdict.KNOWN)


def test_a_card_of_another_school_is_recorded_as_unknown_and_shown_amber() -> None:
    outcome = judge(OTHER, SEVEN, {}, MORNING, PLACE)

    assert isinstance(outcome, CheckIn)
    assert outcome.verdict is Verdict.UNKNOWN
    assert signal_of(outcome, MORNING) is Signal.UNKNOWN


def test_without_a_gate_book_each_card_is_recorded_as_unknown_and_shown_green() -> None:
    outcome = judge(CARD, SEVEN, {}, GateBookView(), PLACE)

    assert isinstance(outcome, CheckIn)
    assert outcome.verdict is Verdict.UNKNOWN
    assert signal_of(outcome, GateBookView()) is Signal.ACCEPTED


def test_a_revoked_card_is_recorded_as_such_even_before_there_is_a_book() -> None:
    revoked = frozenset({CARD.tag})

    assert verdict(CARD, SEVEN, MORNING._replace(revoked=revoked)) is Verdict.REVOKED
    assert verdict(CARD, SEVEN, GateBookView(revoked=revoked)) is Verdict.REVOKED


def test_a_card_outside_the_hours_is_recorded_as_out_of_hours() -> None:
    assert verdict(CARD, NINE, MORNING) is Verdict.OUT_OF_HOURS
    assert verdict(CARD, NINE, MORNING._replace(hours=())) is Verdict.KNOWN


def test_a_clock_that_cannot_be_trusted_says_nothing_of_hours() -> None:
    assert verdict(CARD, NINE._replace(quality=ClockQuality.UNTRUSTED), MORNING) is Verdict.KNOWN


@pytest.mark.parametrize(("after", "is_refused"), [(0, True), (2999, True), (3000, False), (-1, False)])
def test_the_same_card_is_refused_within_the_window_only(after: int, *, is_refused: bool) -> None:
    outcome = judge(CARD, SEVEN, {CARD.tag: SEVEN.ticks - after, OTHER.tag: SEVEN.ticks}, MORNING, PLACE)

    assert (outcome == Refusal(Reason.REPEATED)) is is_refused


def test_a_text_that_is_no_card_is_refused_as_malformed() -> None:
    outcome = judge(None, SEVEN, {}, MORNING, PLACE)

    assert outcome == Refusal(Reason.MALFORMED)
    assert signal_of(outcome, MORNING) is Signal.MALFORMED


@given(st.builds(new_number), st.integers(0, 10**9), st.booleans(), st.sampled_from(ClockQuality))
def test_every_well_formed_card_is_recorded_with_its_tag_moment_and_lane(
    number: str,
    ticks: int,
    is_booked: bool,  # noqa: FBT001  # Hypothesis gives it
    quality: ClockQuality,
) -> None:
    book = MORNING if is_booked else GateBookView()

    outcome = judge(card_of(number), SEVEN._replace(ticks=ticks, quality=quality), {}, book, PLACE)

    assert isinstance(outcome, CheckIn)
    assert (outcome.at, outcome.tag, outcome.lane) == (ticks, card_of(number).tag, Lane.IN)
