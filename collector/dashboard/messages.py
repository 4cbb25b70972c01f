"""Reads the messages of a school as they lie on guardians' phones, with what each takes back or is taken back by."""

from collections import Counter
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from collector.dashboard.schemas import Message
from collector.models import (
    AttendanceRecord,
    Contact,
    Guardian,
    Guardianship,
    Notification,
    NotificationKind,
    SchoolClass,
    Student,
)
from collector.notify.messages import compose
from collector.notify.schemas import from_json

MANY = 200


def messages(
    session: Session, school_id: int, zone: ZoneInfo, limit: int = MANY, student_id: int | None = None
) -> list[Message]:
    """Return the messages of a school, or about one of its students, newest first."""
    wanted = (
        select(Notification, Student, Contact, Guardian)
        .join(Student, Student.id == Notification.student_id)
        .join(Contact, Contact.id == Notification.contact_id)
        .join(Guardian, Guardian.id == Contact.guardian_id)
        .where(Student.school_id == school_id)
    )
    if student_id is not None:
        wanted = wanted.where(Student.id == student_id)
    rows = session.execute(wanted.order_by(Notification.id.desc()).limit(limit)).all()
    corrected, correcting = _links(session, [row[0] for row in rows])
    return [
        _message(
            *row,
            zone=zone,
            relation=_relation(session, row[3].id, row[1].id),
            school_class=_class(session, row[0]),
            corrected=corrected.get(row[0].corrects_id or 0),
            correcting=correcting.get(row[0].id),
        )
        for row in rows
    ]


def counts(session: Session, school_session_id: int) -> Counter[tuple[str, str]]:
    """Count the messages of a school session by (kind, state)."""
    wanted = select(Notification.kind, Notification.state).where(Notification.school_session_id == school_session_id)
    return Counter((kind, state) for kind, state in session.execute(wanted))


def _links(session: Session, shown: list[Notification]) -> tuple[dict[int, Notification], dict[int, Notification]]:
    """Return what the shown messages take back (by its id), and what takes them back (by theirs)."""
    taken_back = [each.corrects_id for each in shown if each.corrects_id is not None]
    corrected = session.scalars(select(Notification).where(Notification.id.in_(taken_back)))
    correcting = session.scalars(select(Notification).where(Notification.corrects_id.in_([each.id for each in shown])))
    return {each.id: each for each in corrected}, {each.corrects_id or 0: each for each in correcting}


def _relation(session: Session, guardian_id: int, student_id: int) -> str:
    guardianship = session.get(Guardianship, (guardian_id, student_id))
    return guardianship.relation if guardianship else ""


def _class(session: Session, notification: Notification) -> SchoolClass | None:
    record = session.get(AttendanceRecord, (notification.student_id, notification.school_session_id))
    return session.get(SchoolClass, record.class_id) if record else None


def _message(  # noqa: PLR0913 - a message touches this many rows
    notification: Notification,
    student: Student,
    contact: Contact,
    guardian: Guardian,
    *,
    zone: ZoneInfo,
    relation: str,
    school_class: SchoolClass | None,
    corrected: Notification | None,
    correcting: Notification | None,
) -> Message:
    return Message(
        id=notification.id,
        kind=notification.kind,
        state=notification.state,
        is_preview=notification.is_preview,
        reference=notification.reference,
        language=contact.language,
        text_km=_text(notification, contact, "km", zone),
        text_en=_text(notification, contact, "en", zone),
        student_id=student.id,
        student_km=student.name_km,
        student_en=student.name_en,
        class_km=school_class.name_km if school_class else "",
        class_en=school_class.name_en if school_class else "",
        guardian=guardian.name,
        relation=relation,
        channel=contact.channel,
        address=contact.address,
        created_at=notification.created_at,
        sent_at=notification.sent_at,
        corrects_id=notification.corrects_id,
        corrects_reference=corrected.reference if corrected else None,
        corrected_by_id=correcting.id if correcting else None,
        corrected_by_reference=correcting.reference if correcting else None,
    )


def _text(notification: Notification, contact: Contact, language: str, zone: ZoneInfo) -> str:
    """Return the message as it was sent, or as it reads in the other language."""
    if language == contact.language and notification.text is not None:
        return notification.text
    at = notification.sent_at or notification.created_at
    facts = from_json(notification.facts)
    return compose(facts, NotificationKind(notification.kind), notification.reference, language, at, zone)
