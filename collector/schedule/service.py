"""School sessions made from shifts, and who is expected in them.

A school session exists from the moment somebody asks for its date; none is held on a date on which the school is
closed, even if one was made before the closure was known. Times of bells are local; everything stored is UTC.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from collector.db import insert_into
from collector.models import Closure, Enrolment, SchoolSession, Shift, ShiftClass

_TABLE = SchoolSession.metadata.tables["school_session"]
_BELLS = ("opens", "late_after", "cutoff", "closes")


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the date of a moment where the schools are."""
    return moment.astimezone(zone).date()


def ensure_sessions(session: Session, school_id: int, day: date, zone: ZoneInfo) -> list[SchoolSession]:
    """Make the school sessions of a date that are missing; return all that are held, in the order of the day."""
    if is_closed(session, school_id, day):
        return []
    held = [shift for shift in shifts_of(session, school_id) if str(day.isoweekday()) in shift.weekdays]
    made = set(session.scalars(select(SchoolSession.shift_id).where(_on(school_id, day))))
    missing = [shift for shift in held if shift.id not in made]
    insert_missing(
        session, [{"shift_id": s.id, "school_id": school_id, "day": day, **moments(s, day, zone)} for s in missing]
    )
    return sessions_of(session, school_id, day)


def insert_missing(session: Session, rows: list[dict[str, object]]) -> None:
    """Store school sessions; one that somebody else has made meanwhile stays as it is."""
    if rows:
        session.execute(insert_into(session, _TABLE).on_conflict_do_nothing(), rows)


def sessions_of(session: Session, school_id: int, day: date) -> list[SchoolSession]:
    """Return the school sessions held on a date, in the order of the day."""
    if is_closed(session, school_id, day):
        return []
    wanted = select(SchoolSession).where(_on(school_id, day))
    return list(session.scalars(wanted.order_by(SchoolSession.opens_at, SchoolSession.id)))


def expected(session: Session, half_day: SchoolSession) -> dict[int, int]:
    """Return student id -> class id of all who are enrolled that day in a class of the shift."""
    closed = exists().where(Closure.school_id == half_day.school_id, Closure.day == half_day.day)
    enrolled = (
        select(Enrolment.student_id, Enrolment.class_id)
        .join(ShiftClass, ShiftClass.class_id == Enrolment.class_id)
        .where(
            ShiftClass.shift_id == half_day.shift_id,
            Enrolment.valid_from <= half_day.day,
            or_(Enrolment.valid_to.is_(None), Enrolment.valid_to > half_day.day),
            ~closed,
        )
        .order_by(Enrolment.student_id)
    )
    return dict(session.execute(enrolled).all())


def is_closed(session: Session, school_id: int, day: date) -> bool:
    """Tell whether a school is closed on a date."""
    return session.get(Closure, (school_id, day)) is not None


def shifts_of(session: Session, school_id: int) -> list[Shift]:
    """Return the shifts of a school in the order of the day."""
    return list(session.scalars(select(Shift).where(Shift.school_id == school_id).order_by(Shift.opens, Shift.id)))


def moments(shift: Shift, day: date, zone: ZoneInfo) -> dict[str, datetime]:
    """Return the bells of a shift on a date as the UTC columns of a school session."""
    return {f"{name}_at": _utc(day, getattr(shift, name), zone) for name in _BELLS}


def _on(school_id: int, day: date) -> ColumnElement[bool]:
    return and_(SchoolSession.school_id == school_id, SchoolSession.day == day)


def _utc(day: date, bell: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, bell, zone).astimezone(UTC)
