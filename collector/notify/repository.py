"""Reads and writes of the queue: what is due, what is out of date, what a crash left behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session, aliased

from collector.models import AbsenceDecision, Contact, Notification, NotificationKind, NotificationState

_SOME = 200
_WAITING = (NotificationState.QUEUED, NotificationState.RETRY)
_DUE = (*_WAITING, NotificationState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that is due."""

    id: int
    channel: str
    address: str


def due(session: Session, now: datetime, kinds: Sequence[NotificationKind]) -> list[Candidate]:
    """Return messages that may go now, the first to go first; a correction waits while its notice is on its way."""
    notice = aliased(Notification)
    is_before_its_notice = exists().where(
        notice.id == Notification.corrects_id, notice.state == NotificationState.SENDING
    )
    wanted = (
        select(Notification.id, Notification.is_preview, Contact.channel, Contact.address)
        .join(Contact, Contact.id == Notification.contact_id)
        .where(
            Notification.state.in_(_DUE),
            Notification.not_before <= now,
            Notification.expires_at.is_(None) | (Notification.expires_at > now),
            Notification.kind.in_(kinds),
            ~is_before_its_notice,
        )
        .order_by(Notification.priority, Notification.id)
        .limit(_SOME)
    )
    return [
        Candidate(found, "preview" if is_preview else channel, address)
        for found, is_preview, channel, address in session.execute(wanted)
    ]


def lock(session: Session, notification_id: int) -> Notification | None:
    """Return a message that is still due, locked; None when another has it or it is no longer due."""
    wanted = select(Notification).where(Notification.id == notification_id, Notification.state.in_(_DUE))
    return session.scalar(wanted.with_for_update(skip_locked=True))


def is_superseded(session: Session, entry: Notification) -> bool:
    """Tell whether the decision that owes a message no longer stands."""
    return session.get_one(AbsenceDecision, entry.decision_id).superseded_at is not None


def has_expired(session: Session, now: datetime) -> bool:
    """Tell whether something waits that is no longer worth sending."""
    return bool(session.scalar(select(exists().where(_is_expired(now)))))


def expire(session: Session, now: datetime) -> None:
    """Give up what is no longer worth sending; the record stays. What may have arrived stays UNKNOWN."""
    values = {"state": NotificationState.EXPIRED, "last_error": "It was not sent in time."}
    session.execute(update(Notification).where(_is_expired(now)).values(values))


def has_orphans(session: Session) -> bool:
    """Tell whether a message is marked as on its way."""
    return bool(session.scalar(select(exists().where(Notification.state == NotificationState.SENDING))))


def release_orphans(session: Session, now: datetime) -> None:
    """Let messages that a crash left on their way be sent again: a double is better than a loss."""
    left = update(Notification).where(Notification.state == NotificationState.SENDING)
    values = {"state": NotificationState.UNKNOWN, "not_before": now, "last_error": "The sender stopped while sending."}
    session.execute(left.values(values))


def _is_expired(now: datetime) -> ColumnElement[bool]:
    return Notification.state.in_(_WAITING) & (Notification.expires_at <= now)
