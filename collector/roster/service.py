"""Stores what a school file and a roster say, with the dates from which it holds.

A roster may be brought again: a student is known by the school's number, names are corrected, a new class ends the
old enrolment today. Nobody is removed by not being in a file; that is a reviewed step of its own.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from collector.errors import RosterError
from collector.models import Enrolment, Gate, School, SchoolClass, SchoolSession, Student, mark_dirty
from collector.roster import guardians
from collector.roster.csvfile import RosterRow, refuse
from collector.roster.schemas import SchoolFile

_TEXTS = ("family_name_km", "given_name_km", "family_name_en", "given_name_en", "sex")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, in counts of students."""

    new: int
    changed: int
    moved: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Register:
    """What a school knows before an import."""

    school_id: int
    students: dict[str, Student]
    enrolments: dict[int, Enrolment]
    half_days: list[int]
    """School sessions from today on."""
    today: date
    now: datetime


def school_by_code(session: Session, code: str) -> School:
    """Return a school; raise RosterError when the code is unknown."""
    school = session.scalar(select(School).where(School.code == code))
    if school is None:
        raise RosterError(f"There is no school with the code {code}: load its school file first.")
    return school


def class_by_name(session: Session, school_id: int, name: str) -> SchoolClass:
    """Return a class by its Latin or Khmer name; raise RosterError when the school has none such."""
    classes = _classes(session, school_id)
    if name not in classes:
        raise RosterError(f"There is no class {name!r} in this school; it has {_list(classes)}.")
    return classes[name]


def gate_by_code(session: Session, school_id: int, code: str) -> Gate:
    """Return a gate by its code; raise RosterError when the school has none such."""
    gates = {gate.code: gate for gate in session.scalars(select(Gate).where(Gate.school_id == school_id))}
    if code not in gates:
        known = ", ".join(sorted(gates)) or "none yet"
        raise RosterError(f"There is no gate {code!r} at this school; it has {known}.")
    return gates[code]


def load_school(session: Session, entry: SchoolFile, today: date) -> School:
    """Store a school with gates and classes; what is known by its code or name is changed, nothing is removed."""
    school = session.scalar(select(School).where(School.code == entry.code)) or School(code=entry.code)
    school.name_km, school.name_en, school.province_code = entry.name_km, entry.name_en, entry.province_code
    session.add(school)
    session.flush()
    _load_gates(session, school, entry, today)
    classes = _classes(session, school.id)
    for group in entry.classes:
        found = classes.get(group.name_en) or SchoolClass(school_id=school.id, name_en=group.name_en)
        found.name_km, found.grade = group.name_km, group.grade
        session.add(found)
    session.flush()
    return school


def set_live(session: Session, school: School, now: datetime | None) -> None:
    """Switch a school live from now on, or back to shadow days with None; one that is live keeps its moment."""
    if now is None or school.live_since is None:
        school.live_since = now
    session.add(school)


def import_roster(
    session: Session, school: School, rows: Sequence[RosterRow], *, path: Path, today: date, now: datetime
) -> Imported:
    """Store a roster whole or not at all; raise RosterError naming the lines that do not fit what is known."""
    classes = _classes(session, school.id)
    unknown = [row for row in rows if row.class_name not in classes]
    faults = [f"line {row.line}: class {row.class_name!r} is not one of {_list(classes)}" for row in unknown]
    refuse(path, faults + guardians.strangers(session, school.id, rows))
    register = _register(session, school.id, today, now)
    outcomes = Counter(_take(session, register, row, classes[row.class_name].id) for row in rows)
    return Imported(outcomes["new"], outcomes["changed"], outcomes["moved"], outcomes["unchanged"])


def _load_gates(session: Session, school: School, entry: SchoolFile, today: date) -> None:
    gates = {gate.code: gate for gate in session.scalars(select(Gate).where(Gate.school_id == school.id))}
    for place in entry.gates:
        gate = gates.get(place.code) or Gate(school_id=school.id, code=place.code)
        gate.name_km, gate.name_en = place.name_km, place.name_en
        session.add(gate)
    if not gates.keys() >= {place.code for place in entry.gates}:
        _mark_all(session, school.id, today)


def _register(session: Session, school_id: int, today: date, now: datetime) -> _Register:
    students = list(session.scalars(select(Student).where(Student.school_id == school_id)))
    open_ended = select(Enrolment).join(Student).where(Student.school_id == school_id, Enrolment.valid_to.is_(None))
    return _Register(
        school_id,
        {student.number: student for student in students},
        {enrolment.student_id: enrolment for enrolment in session.scalars(open_ended)},
        _half_days_from(session, school_id, today),
        today,
        now,
    )


def _take(session: Session, register: _Register, row: RosterRow, class_id: int) -> str:
    known = register.students.get(row.student_number)
    student = known or Student(school_id=register.school_id, number=row.student_number)
    is_changed = _fill(student, row)
    session.add(student)
    session.flush()
    is_moved = _enrol(session, register, student, class_id)
    if row.guardian_name:
        guardians.take(session, student, row, register.now)
    if known is None:
        return "new"
    return "moved" if is_moved else "changed" if is_changed else "unchanged"


def _fill(student: Student, row: RosterRow) -> bool:
    is_changed = any(getattr(student, name) != getattr(row, name) for name in _TEXTS)
    for name in _TEXTS:
        setattr(student, name, getattr(row, name))
    return is_changed


def _enrol(session: Session, register: _Register, student: Student, class_id: int) -> bool:
    current = register.enrolments.get(student.id)
    if current is not None and current.class_id == class_id:
        return False
    if current is not None:
        current.valid_to = register.today
    session.add(
        Enrolment(student_id=student.id, class_id=class_id, valid_from=register.today, recorded_at=register.now)
    )
    mark_dirty(session, [(student.id, half_day) for half_day in register.half_days])
    return True


def _mark_all(session: Session, school_id: int, today: date) -> None:
    students = list(session.scalars(select(Student.id).where(Student.school_id == school_id)))
    half_days = _half_days_from(session, school_id, today)
    mark_dirty(session, [(student, half_day) for student in students for half_day in half_days])


def _half_days_from(session: Session, school_id: int, today: date) -> list[int]:
    wanted = select(SchoolSession.id).where(SchoolSession.school_id == school_id, SchoolSession.day >= today)
    return list(session.scalars(wanted))


def _classes(session: Session, school_id: int) -> dict[str, SchoolClass]:
    """Return the classes by Latin and by Khmer name."""
    found = list(session.scalars(select(SchoolClass).where(SchoolClass.school_id == school_id)))
    return {group.name_km: group for group in found} | {group.name_en: group for group in found}


def _list(classes: dict[str, SchoolClass]) -> str:
    return ", ".join(sorted({group.name_en for group in classes.values()})) or "none yet"
