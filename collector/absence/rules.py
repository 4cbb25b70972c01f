"""Decides what a changed mark owes: whether it is a decision, and which contact must be told what. Pure.

Each contact is judged by what it may believe, which is the last message that reached it or may have reached it. A
message that never left is forgotten without a word; one that may have arrived is taken back when it no longer holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.models import Mark, NotificationKind, Reason

_ANNOUNCED = (Mark.LATE, Mark.ABSENT)
_ARRIVED = (Mark.PRESENT, Mark.LATE)
_SMALL = timedelta(minutes=1)
_PASSING = (Reason.NOT_YET, Reason.NOT_DELIVERED, Reason.NOT_SIGHTED, Reason.TIME_UNKNOWN)
"""Reasons of an UNDECIDED mark that what is still to arrive may lift: nobody is told of the doubt."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a mark says now, or said when it was decided; `seen_at` is aware UTC."""

    mark: Mark
    seen_at: datetime | None = None
    reason: Reason | None = None
    is_final: bool = True

    @property
    def minute(self) -> datetime | None:
        """The minute of arrival: what people are told."""
        return self.seen_at.replace(second=0, microsecond=0) if self.seen_at else None


@dataclass(frozen=True, slots=True)
class Belief:
    """What a contact was told, or may have been told, last."""

    contact_id: int
    notification_id: int
    truth: Truth
    is_certain: bool
    """It was accepted for delivery; else it is on its way, or nobody knows whether it arrived."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A message owed to a contact; `corrects_id` is the message it takes back."""

    contact_id: int
    kind: NotificationKind
    corrects_id: int | None = None


def is_decision(current: Truth | None, truth: Truth) -> bool:
    """Tell whether a mark must be written down as a decision: a final LATE or ABSENT, and whatever supersedes one."""
    if current is None:
        return truth.is_final and truth.mark in _ANNOUNCED
    return _core(current) != _core(truth)


def owed(truth: Truth, beliefs: Iterable[Belief], contacts: Iterable[int], *, may_announce: bool) -> list[Owed]:
    """Return the messages that a decision owes.

    `contacts` are the ids of those who may be written to; `may_announce` is False for what is recorded but not sent:
    it arose from an edit, or its day is over. What somebody was told is taken back all the same.
    """
    told = {belief.contact_id: belief for belief in beliefs}
    is_news = may_announce and truth.is_final and truth.mark in _ANNOUNCED
    announced = [Owed(contact, NotificationKind(truth.mark)) for contact in contacts if contact not in told and is_news]
    return announced + [message for belief in told.values() for message in _answer(truth, belief, is_news=is_news)]


def agrees(told: Truth, truth: Truth) -> bool:
    """Tell whether someone who was told the one knows the other, as far as it matters to a guardian."""
    if told.mark in _ARRIVED and truth.mark in _ARRIVED:
        was_called_late = told.mark is Mark.LATE and truth.mark is not Mark.LATE
        return not was_called_late and _is_same_time(told.seen_at, truth.seen_at)
    return told.mark is truth.mark or {told.mark, truth.mark} <= {Mark.UNDECIDED, Mark.UNRECORDED}


def _is_same_time(told: datetime | None, truth: datetime | None) -> bool:
    """A better clock anchor moves an arrival by a little; nobody is told of less than a minute."""
    return told is None or truth is None or abs(told - truth) < _SMALL


def _answer(truth: Truth, belief: Belief, *, is_news: bool) -> list[Owed]:
    if agrees(belief.truth, truth):
        is_lost = not belief.is_certain and is_news
        return [Owed(belief.contact_id, NotificationKind(truth.mark))] if is_lost else []
    if _may_pass(truth, belief.truth):
        return []
    return [Owed(belief.contact_id, NotificationKind.CORRECTION, belief.notification_id)]


def _may_pass(truth: Truth, told: Truth) -> bool:
    """Tell whether a doubt may lift by itself: silence not known yet, or lateness not known yet of one told late."""
    if truth.is_final:
        return False
    is_doubt = truth.mark is Mark.UNDECIDED and truth.reason in _PASSING
    return is_doubt or (told.mark is Mark.LATE and truth.mark is Mark.PRESENT)


def _core(truth: Truth) -> tuple[Mark, datetime | None, Reason | None, bool]:
    return truth.mark, truth.minute, truth.reason, truth.is_final
