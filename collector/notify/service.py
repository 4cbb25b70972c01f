"""Queues messages with the decision that owes them, and tells which of them may have reached somebody.

It never sends: everything here happens in the transaction of a decision, under the lock of its school session.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from collector.models import (
    AbsenceDecision,
    Contact,
    Guardianship,
    Notification,
    NotificationKind,
    NotificationState,
    School,
)
from collector.notify.messages import reference_of
from collector.notify.rules import PRIORITY
from collector.notify.schemas import Facts, from_json, to_json

MAY_HAVE_ARRIVED = (NotificationState.SENDING, NotificationState.SENT, NotificationState.UNKNOWN)
SURELY_WITH_US = (NotificationState.QUEUED, NotificationState.RETRY)


@dataclass(frozen=True, slots=True)
class Told:
    """The last message about a pair that reached a contact or may have reached it."""

    contact_id: int
    notification_id: int
    reference: str
    facts: Facts
    decided_at: datetime
    is_preview: bool
    is_certain: bool


def contacts_of(session: Session, student_id: int) -> list[Contact]:
    """Return the contacts of a student's guardians that take messages."""
    linked = select(Guardianship.guardian_id).where(Guardianship.student_id == student_id)
    wanted = select(Contact).where(
        Contact.guardian_id.in_(linked), Contact.blocked_at.is_(None), Contact.replaced_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Contact.id)))


def suppress(session: Session, student_id: int, half_day_id: int) -> None:
    """Take back what was owed about a pair and surely never left; nobody hears of it."""
    owed = update(Notification).where(
        Notification.student_id == student_id,
        Notification.school_session_id == half_day_id,
        Notification.state.in_(SURELY_WITH_US),
    )
    session.execute(owed.values(state=NotificationState.SUPPRESSED, last_error="The decision was superseded."))


def told(session: Session, student_id: int, half_day_id: int) -> dict[int, Told]:
    """Return by contact what was last told about a pair, or may have been."""
    wanted = (
        select(Notification, AbsenceDecision.decided_at)
        .join(AbsenceDecision, AbsenceDecision.id == Notification.decision_id)
        .where(
            Notification.student_id == student_id,
            Notification.school_session_id == half_day_id,
            Notification.state.in_(MAY_HAVE_ARRIVED),
        )
        .order_by(Notification.id)
    )
    return {entry.contact_id: _told(entry, at) for entry, at in session.execute(wanted)}


def is_live(school: School, now: datetime) -> bool:
    """Tell whether notices of a school reach guardians; before that they are previews."""
    return school.live_since is not None and school.live_since <= now


def enqueue(
    session: Session,
    decision: AbsenceDecision,
    contact_id: int,
    kind: NotificationKind,
    facts: Facts,
    *,
    is_preview: bool,
    corrects_id: int | None = None,
    expires_at: datetime | None = None,
) -> Notification:
    """Queue one message that a decision owes to a contact; a decision owes a contact at most one."""
    entry = Notification(
        key=f"{decision.id}:{contact_id}",
        decision_id=decision.id,
        student_id=decision.student_id,
        school_session_id=decision.school_session_id,
        contact_id=contact_id,
        kind=kind,
        corrects_id=corrects_id,
        is_preview=is_preview,
        state=NotificationState.QUEUED,
        priority=PRIORITY[kind],
        facts=to_json(facts),
        reference=reference_of(kind, decision.id),
        not_before=decision.decided_at,
        expires_at=expires_at,
        created_at=decision.decided_at,
    )
    session.add(entry)
    return entry


def previews_of(session: Session, contact_ids: Iterable[int]) -> frozenset[int]:
    """Return those of the contacts that are previews themselves."""
    wanted = select(Contact.id).where(Contact.id.in_(list(contact_ids)), Contact.channel == "preview")
    return frozenset(session.scalars(wanted))


def _told(entry: Notification, decided_at: datetime) -> Told:
    return Told(
        contact_id=entry.contact_id,
        notification_id=entry.id,
        reference=entry.reference,
        facts=from_json(entry.facts),
        decided_at=decided_at,
        is_preview=entry.is_preview,
        is_certain=entry.state == NotificationState.SENT,
    )
