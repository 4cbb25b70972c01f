"""Locks, dirty marks and decisions of a school session, and what tells the sweep that there is news."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from collector.models import (
    AbsenceDecision,
    AttendanceRecord,
    Declaration,
    DirtyMark,
    FollowerCursor,
    Gate,
    Kiosk,
    KioskClaim,
    Outbox,
    Quarantined,
    School,
    SchoolSession,
)

Knowledge = tuple[object, ...]
"""Changes whenever something changes that silence is judged by."""


@dataclass(frozen=True, slots=True)
class OpenHalfDay:
    """A school session with marks that are not final, or with no marks yet."""

    id: int
    school_id: int
    cutoff_at: datetime
    closes_at: datetime


def lock_half_day(session: Session, half_day_id: int) -> SchoolSession | None:
    """Lock a school session against every other writer of its marks; on SQLite the transaction already is the lock."""
    return session.scalar(select(SchoolSession).where(SchoolSession.id == half_day_id).with_for_update())


def take_dirty(session: Session, half_day_id: int) -> set[int]:
    """Remove the dirty marks of a school session and return their students; what comes after is marked anew."""
    taken = delete(DirtyMark).where(DirtyMark.school_session_id == half_day_id).returning(DirtyMark.student_id)
    return set(session.scalars(taken))


def dirty_half_days(session: Session) -> list[int]:
    """Return the school sessions that have dirty marks, in id order."""
    wanted = select(DirtyMark.school_session_id).distinct().order_by(DirtyMark.school_session_id)
    return list(session.scalars(wanted))


def open_half_days(session: Session, days: Iterable[date]) -> list[OpenHalfDay]:
    """Return the school sessions of these dates, and any other in which a mark is not final, in id order."""
    undecided = select(AttendanceRecord.school_session_id).where(AttendanceRecord.is_final.is_(False)).distinct()
    columns = (SchoolSession.id, SchoolSession.school_id, SchoolSession.cutoff_at, SchoolSession.closes_at)
    wanted = select(*columns).where(SchoolSession.day.in_(list(days)) | SchoolSession.id.in_(undecided))
    return [OpenHalfDay(*row) for row in session.execute(wanted.order_by(SchoolSession.id))]


def schools(session: Session) -> list[int]:
    """Return the ids of all schools."""
    return list(session.scalars(select(School.id).order_by(School.id)))


def knowledge_of(session: Session, school_id: int) -> Knowledge:
    """Return figures that change whenever something arrives that may make a school's silence real, or doubtful."""
    gates = select(Gate.id).where(Gate.school_id == school_id)
    kiosks = select(Kiosk.id).where(Kiosk.gate_id.in_(gates))
    outboxes = select(Outbox.id).where(Outbox.kiosk_id.in_(kiosks))
    online = func.count().filter(Kiosk.is_online)
    questions = (
        select(func.max(KioskClaim.id)).where(KioskClaim.outbox_id.in_(outboxes)),
        select(func.count(), func.sum(FollowerCursor.revision)).where(FollowerCursor.outbox_id.in_(outboxes)),
        select(func.count(), func.count(Outbox.ended_at), func.sum(Outbox.revision)).where(Outbox.id.in_(outboxes)),
        select(func.max(Declaration.id), func.max(Declaration.withdrawn_at)).where(Declaration.gate_id.in_(gates)),
        select(func.count(), func.count(Kiosk.retired_at), func.count(Kiosk.revoked_at), online).where(
            Kiosk.id.in_(kiosks)
        ),
        select(func.count(), func.count(Quarantined.resolved_at)).where(Quarantined.kiosk_id.in_(kiosks)),
    )
    return tuple(figure for question in questions for figure in session.execute(question).one())


def decisions_in_force(session: Session, half_day_id: int) -> dict[int, AbsenceDecision]:
    """Return by student the decision of a school session that is not superseded."""
    wanted = select(AbsenceDecision).where(
        AbsenceDecision.school_session_id == half_day_id, AbsenceDecision.superseded_at.is_(None)
    )
    return {decision.student_id: decision for decision in session.scalars(wanted.order_by(AbsenceDecision.id))}
