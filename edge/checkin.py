"""What a tap becomes: a check-in with a verdict, or a refusal. Pure rules: values in, values out.

Every well-formed card is recorded whatever the gate book thinks of it (P8). Only a repeated tap, a text that is no
card number and a full disk make a refusal, and a refusal is a value, not an error.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from edge.gatebook import GateBookView
from edge.ports import ClockReading, Signal
from wire.card import Card
from wire.messages import TICKS_PER_SECOND, CheckIn, ClockQuality, Lane, Verdict

_SECONDS_PER_DAY = 86_400


class Reason(Enum):
    """Why a tap is not recorded."""

    REPEATED = "REPEATED"
    MALFORMED = "MALFORMED"
    STORAGE_FULL = "STORAGE_FULL"


class Refusal(NamedTuple):
    """A tap that is not recorded."""

    reason: Reason


class Place(NamedTuple):
    """What is the same for every tap at a kiosk."""

    lane: Lane
    repeat_window_ticks: int
    most_unknown: int = 60
    """Distinct unknown cards within a minute that are taken for people."""


REPEATED = Refusal(Reason.REPEATED)
MALFORMED = Refusal(Reason.MALFORMED)
STORAGE_FULL = Refusal(Reason.STORAGE_FULL)

_REFUSED = {
    Reason.REPEATED: Signal.REPEATED,
    Reason.MALFORMED: Signal.MALFORMED,
    Reason.STORAGE_FULL: Signal.STORAGE_FULL,
}
_RECORDED = {
    Verdict.KNOWN: Signal.ACCEPTED,
    Verdict.UNKNOWN: Signal.UNKNOWN,
    Verdict.REVOKED: Signal.REVOKED,
    Verdict.OUT_OF_HOURS: Signal.OUT_OF_HOURS,
}


def judge(
    card: Card | None, now: ClockReading, recent: Mapping[bytes, int], book: GateBookView, place: Place
) -> CheckIn | Refusal:
    """Judge one tap.

    Args:
        card: The card; None when the text is no card number.
        now: The clocks when the frame was exposed.
        recent: Tag -> boot ticks of the last check-in recorded at this kiosk.
        book: What is known of the school now.
        place: This kiosk's lane and repeat window.
    """
    if card is None:
        return MALFORMED
    last = recent.get(card.tag)
    if last is not None and 0 <= now.ticks - last < place.repeat_window_ticks:
        return REPEATED
    return CheckIn(now.ticks, card.tag, place.lane, verdict_of(card, now, book))


def verdict_of(card: Card, now: ClockReading, book: GateBookView) -> Verdict:
    """Say what the gate book thinks of a card at this moment."""
    if card.tag in book.revoked:
        return Verdict.REVOKED
    if book.tags is None or card.tag not in book.tags:
        return Verdict.UNKNOWN
    is_timed = now.quality is not ClockQuality.UNTRUSTED
    return Verdict.OUT_OF_HOURS if is_timed and not book.is_open(second_of_day(now, book)) else Verdict.KNOWN


def second_of_day(now: ClockReading, book: GateBookView) -> int:
    """Return the local second of the day that the kiosk's wall clock says."""
    unix = (now.ticks + now.wall_offset) // TICKS_PER_SECOND
    return (unix + book.utc_offset_seconds) % _SECONDS_PER_DAY


def signal_of(outcome: CheckIn | Refusal, book: GateBookView) -> Signal:
    """Say what to show: green for an unknown card while there is no gate book, since nobody could know it."""
    if isinstance(outcome, Refusal):
        return _REFUSED[outcome.reason]
    if outcome.verdict is Verdict.UNKNOWN and book.tags is None:
        return Signal.ACCEPTED
    return _RECORDED[outcome.verdict]
