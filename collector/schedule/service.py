"""School sessions made from shifts, and who is expected in them.

A school session exists from the moment somebody asks for its date; it is never made for a date on which the school
is closed. Times of bells are local; everything stored is UTC.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from collector.db import insert_into
from collector.errors import RosterError
from collector.models import Closure, Enrolment, SchoolClass, SchoolSession, Shift, ShiftClass
from collector.schedule.schemas import ScheduleFile, ShiftEntry

_TABLE = SchoolSession.metadata.tables["school_session"]
_CLOCK_FIELDS = ("opens", "late_after", "cutoff", "closes")


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the date of a moment where the schools are."""
    return moment.astimezone(zone).date()


def ensure_sessions(session: Session, school_id: int, day: date, zone: ZoneInfo) -> list[SchoolSession]:
    """Make the school sessions of a date that are missing; return all of them in the order of the day."""
    held = [shift for shift in _shifts(session, school_id) if str(day.isoweekday()) in shift.weekdays]
    if session.get(Closure, (school_id, day)) is None:
        rows = [_moments(shift, day, zone) for shift in held]
        known = {half_day.shift_id for half_day in sessions_of(session, school_id, day)}
        missing = [row for row in rows if row["shift_id"] not in known]
        if missing:
            session.execute(insert_into(session, _TABLE).on_conflict_do_nothing(), missing)
    return sessions_of(session, school_id, day)


def sessions_of(session: Session, school_id: int, day: date) -> list[SchoolSession]:
    """Return the school sessions of a date in the order of the day."""
    wanted = select(SchoolSession).where(SchoolSession.school_id == school_id, SchoolSession.day == day)
    return list(session.scalars(wanted.order_by(SchoolSession.opens_at, SchoolSession.id)))


def expected(session: Session, half_day: SchoolSession) -> dict[int, int]:
    """Return student id -> class id of all who are enrolled that day in a class of the shift."""
    enrolled = (
        select(Enrolment.student_id, Enrolment.class_id)
        .join(ShiftClass, ShiftClass.class_id == Enrolment.class_id)
        .where(
            ShiftClass.shift_id == half_day.shift_id,
            Enrolment.valid_from <= half_day.day,
            or_(Enrolment.valid_to.is_(None), Enrolment.valid_to > half_day.day),
        )
        .order_by(Enrolment.student_id)
    )
    return dict(session.execute(enrolled).tuples().all())


def load_schedule(session: Session, school_id: int, schedule: ScheduleFile, now: datetime) -> None:
    """Store shifts and closures; a shift of the same name is changed, none is removed."""
    classes = {
        found.name_en: found.id
        for found in session.scalars(select(SchoolClass).where(SchoolClass.school_id == school_id))
    }
    known = {shift.name_en: shift for shift in _shifts(session, school_id)}
    for entry in schedule.shifts:
        shift = known.get(entry.name_en) or Shift(school_id=school_id, name_en=entry.name_en)
        _fill(shift, entry)
        session.add(shift)
        session.flush()
        _bind(session, shift, entry, classes)
    for closure in schedule.closures:
        session.merge(
            Closure(
                school_id=school_id,
                day=closure.day,
                reason_km=closure.reason_km,
                reason_en=closure.reason_en,
                recorded_at=now,
            )
        )


def _fill(shift: Shift, entry: ShiftEntry) -> None:
    shift.name_km, shift.weekdays = entry.name_km, entry.weekdays
    for name in _CLOCK_FIELDS:
        setattr(shift, name, getattr(entry, name))


def _bind(session: Session, shift: Shift, entry: ShiftEntry, classes: dict[str, int]) -> None:
    unknown = sorted(set(entry.classes) - classes.keys())
    if unknown:
        raise RosterError(f"The shift {entry.name_en!r} names a class that the school does not have: {unknown[0]}.")
    for name in entry.classes or classes:
        session.merge(ShiftClass(shift_id=shift.id, class_id=classes[name]))


def _shifts(session: Session, school_id: int) -> list[Shift]:
    return list(session.scalars(select(Shift).where(Shift.school_id == school_id).order_by(Shift.opens, Shift.id)))


def _moments(shift: Shift, day: date, zone: ZoneInfo) -> dict[str, object]:
    moments = {f"{name}_at": _utc(day, getattr(shift, name), zone) for name in _CLOCK_FIELDS}
    return {"shift_id": shift.id, "school_id": shift.school_id, "day": day, **moments}


def _utc(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
