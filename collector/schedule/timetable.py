"""Stores a schedule file, from today on: what was held before stays as it was held.

A change of the timetable is an input of marks, so that every pair it may touch is marked dirty in the same transaction.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from collector.errors import RosterError
from collector.models import Closure, SchoolClass, SchoolSession, Shift, ShiftClass, Student, mark_dirty
from collector.schedule.schemas import ClosureEntry, ScheduleFile, ShiftEntry
from collector.schedule.service import moments, shifts_of


def load_schedule(
    session: Session, school_id: int, schedule: ScheduleFile, *, today: date, now: datetime, zone: ZoneInfo
) -> None:
    """Store shifts and closures; a shift of the same name is changed, none is removed."""
    classes = _classes(session, school_id)
    known = {shift.name_en: shift for shift in shifts_of(session, school_id)}
    for entry in schedule.shifts:
        shift = known.get(entry.name_en) or Shift(school_id=school_id, name_en=entry.name_en)
        _fill(shift, entry)
        session.add(shift)
        session.flush()
        _bind(session, shift, entry, classes)
        _move(session, shift, today, zone)
    for closure in schedule.closures:
        session.merge(_closure(school_id, closure, now))
    session.flush()
    _mark(session, school_id, today)


def classes_without_shift(session: Session, school_id: int) -> list[str]:
    """Return the classes that attend no shift: nobody in them is expected on any day."""
    attends = exists().where(ShiftClass.class_id == SchoolClass.id)
    idle = select(SchoolClass.name_en).where(SchoolClass.school_id == school_id, ~attends)
    return list(session.scalars(idle.order_by(SchoolClass.grade, SchoolClass.name_en)))


def _fill(shift: Shift, entry: ShiftEntry) -> None:
    shift.name_km, shift.weekdays = entry.name_km, entry.weekdays
    shift.opens, shift.late_after, shift.cutoff, shift.closes = (
        entry.opens, entry.late_after, entry.cutoff, entry.closes,
    )  # fmt: skip


def _bind(session: Session, shift: Shift, entry: ShiftEntry, classes: dict[str, int]) -> None:
    unknown = sorted(set(entry.classes) - classes.keys())
    if unknown:
        raise RosterError(f"The shift {entry.name_en!r} names a class that the school does not have: {unknown[0]}.")
    attending = {classes[name] for name in entry.classes or classes}
    session.execute(delete(ShiftClass).where(ShiftClass.shift_id == shift.id))
    session.add_all(ShiftClass(shift_id=shift.id, class_id=class_id) for class_id in sorted(attending))
    session.flush()


def _move(session: Session, shift: Shift, today: date, zone: ZoneInfo) -> None:
    """Give the school sessions that are already made, from today on, the new bells."""
    made = select(SchoolSession).where(SchoolSession.shift_id == shift.id, SchoolSession.day >= today)
    for half_day in session.scalars(made):
        for column, moment in moments(shift, half_day.day, zone).items():
            setattr(half_day, column, moment)


def _mark(session: Session, school_id: int, today: date) -> None:
    pairs = select(Student.id, SchoolSession.id).join(SchoolSession, SchoolSession.school_id == Student.school_id)
    touched = pairs.where(Student.school_id == school_id, SchoolSession.day >= today)
    mark_dirty(session, session.execute(touched))


def _closure(school_id: int, entry: ClosureEntry, now: datetime) -> Closure:
    return Closure(
        school_id=school_id, day=entry.day, reason_km=entry.reason_km, reason_en=entry.reason_en, recorded_at=now
    )


def _classes(session: Session, school_id: int) -> dict[str, int]:
    """Return the ids of the classes by Latin and by Khmer name."""
    found = list(session.scalars(select(SchoolClass).where(SchoolClass.school_id == school_id)))
    return {group.name_km: group.id for group in found} | {group.name_en: group.id for group in found}
