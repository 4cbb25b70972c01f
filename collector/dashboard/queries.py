"""Reads for pages, straight from the tables; nothing here decides or writes.

A school's day is read whole, once for each page: a few hundred rows.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from collector.attendance.schemas import Today
from collector.attendance.service import today
from collector.dashboard.schemas import Arrival, Person
from collector.models import (
    AttendanceRecord,
    Enrolment,
    Mark,
    Reason,
    SchoolClass,
    SchoolSession,
    Shift,
    Student,
    StudentTap,
)
from wire.messages import Lane

EARLY = timedelta(hours=2)
"""Who comes this long before `opens` is still an arrival of that school session."""


def picture(session: Session, half_day: SchoolSession | None, school_id: int, now: datetime, zone: ZoneInfo) -> Today:
    """Return the picture of one school session of the day, whichever runs now."""
    if half_day is None:
        return today(session, school_id, now, zone)
    inside = max(half_day.opens_at, min(now, half_day.closes_at))
    return replace(today(session, school_id, inside, zone), now=now)


def shifts(session: Session, half_days: Iterable[SchoolSession]) -> dict[int, Shift]:
    """Return the shift of each school session."""
    return {half_day.id: session.get_one(Shift, half_day.shift_id) for half_day in half_days}


def people(session: Session, student_ids: Iterable[int]) -> dict[int, Person]:
    """Return names by student id."""
    found = session.scalars(select(Student).where(Student.id.in_(list(student_ids))))
    return {each.id: Person(each.id, each.number, each.name_km, each.name_en) for each in found}


def arrivals(session: Session, half_day: SchoolSession) -> list[Arrival]:
    """Return each student's first tap of a school session, the newest news first."""
    order = func.row_number().over(
        partition_by=StudentTap.student_id, order_by=(StudentTap.earliest_at, StudentTap.seq)
    )
    first = select(StudentTap, order.label("place")).where(_within(half_day)).subquery()
    tap = aliased(StudentTap, first)
    wanted = (
        select(tap, Student, AttendanceRecord)
        .join(Student, Student.id == tap.student_id)
        .join(
            AttendanceRecord,
            and_(AttendanceRecord.student_id == tap.student_id, AttendanceRecord.school_session_id == half_day.id),
        )
        .where(first.c.place == 1, Student.school_id == half_day.school_id)
        .order_by(tap.received_at.desc(), tap.earliest_at.desc())
    )
    return [_arrival(*row) for row in session.execute(wanted)]


def class_of(session: Session, student_id: int, day: date) -> SchoolClass | None:
    """Return the class a student belongs to that day."""
    wanted = (
        select(SchoolClass)
        .join(Enrolment, Enrolment.class_id == SchoolClass.id)
        .where(
            Enrolment.student_id == student_id,
            Enrolment.valid_from <= day,
            or_(Enrolment.valid_to.is_(None), Enrolment.valid_to > day),
        )
        .order_by(Enrolment.valid_from.desc())
        .limit(1)
    )
    return session.scalar(wanted)


def is_waiting_for_gates(session: Session, half_day_ids: Collection[int]) -> bool:
    """Tell whether any mark of these school sessions is undecided for more than that its cutoff has not come."""
    wanted = select(AttendanceRecord.student_id).where(
        AttendanceRecord.school_session_id.in_(half_day_ids),
        AttendanceRecord.mark == Mark.UNDECIDED,
        AttendanceRecord.reason != Reason.NOT_YET,
    )
    return session.scalar(wanted.limit(1)) is not None


def _within(half_day: SchoolSession) -> ColumnElement[bool]:
    return and_(
        StudentTap.earliest_at >= half_day.opens_at - EARLY,
        StudentTap.latest_at <= half_day.closes_at,
        StudentTap.lane != Lane.OUT,
        StudentTap.is_revoked.is_(False),
    )


def _arrival(tap: StudentTap, student: Student, record: AttendanceRecord) -> Arrival:
    return Arrival(
        student_id=student.id,
        class_id=record.class_id,
        name_km=student.name_km,
        name_en=student.name_en,
        gate_id=tap.gate_id,
        earliest_at=tap.earliest_at,
        latest_at=tap.latest_at,
        received_at=tap.received_at,
        mark=Mark(record.mark),
        minutes_late=record.minutes_late,
    )
