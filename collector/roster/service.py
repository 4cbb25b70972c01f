"""Stores what a school file and a roster say, with the dates from which it holds.

A roster may be brought again: a student is known by the school's number, names are corrected, a new class ends the
old enrolment today. Nobody is removed by not being in a file; that is a reviewed step of its own.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from collector.errors import RosterError
from collector.models import (
    Contact,
    Enrolment,
    Gate,
    Guardian,
    Guardianship,
    School,
    SchoolClass,
    SchoolSession,
    Student,
    mark_dirty,
)
from collector.roster.schemas import RosterRow, SchoolFile, refuse


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, in counts of students."""

    new: int
    changed: int
    moved: int
    unchanged: int


def school_by_code(session: Session, code: str) -> School:
    """Return a school; raise RosterError when the code is unknown."""
    school = session.scalar(select(School).where(School.code == code))
    if school is None:
        raise RosterError(f"There is no school with the code {code}: load its school file first.")
    return school


def load_school(session: Session, entry: SchoolFile) -> School:
    """Store a school with gates and classes; what is known by its code or name is changed."""
    school = session.scalar(select(School).where(School.code == entry.code)) or School(code=entry.code)
    school.name_km, school.name_en, school.province_code = entry.name_km, entry.name_en, entry.province_code
    session.add(school)
    session.flush()
    gates = {gate.code: gate for gate in session.scalars(select(Gate).where(Gate.school_id == school.id))}
    for place in entry.gates:
        gate = gates.get(place.code) or Gate(school_id=school.id, code=place.code)
        gate.name_km, gate.name_en = place.name_km, place.name_en
        session.add(gate)
    classes = _classes(session, school.id)
    for group in entry.classes:
        found = classes.get(group.name_en) or SchoolClass(school_id=school.id, name_en=group.name_en)
        found.name_km, found.grade = group.name_km, group.grade
        session.add(found)
    session.flush()
    return school


def set_live(session: Session, school: School, now: datetime | None) -> None:
    """Switch a school live from now on, or back to shadow days with None."""
    school.live_since = now
    session.add(school)


def import_roster(
    session: Session, school: School, rows: list[RosterRow], *, path: Path, today: date, now: datetime
) -> Imported:
    """Store a roster whole or not at all; raise RosterError naming the lines whose class is unknown."""
    classes = _classes(session, school.id)
    known = ", ".join(sorted(classes)) or "none yet"
    strangers = [row for row in rows if row.class_name not in classes]
    refuse(path, [f"line {row.line}: class {row.class_name!r} is not one of {known}" for row in strangers])
    students = {found.number: found for found in session.scalars(select(Student).where(Student.school_id == school.id))}
    outcomes = [_take(session, school, row, students, classes[row.class_name].id, today, now) for row in rows]
    return Imported(*(outcomes.count(outcome) for outcome in ("new", "changed", "moved", "unchanged")))


def _take(
    session: Session,
    school: School,
    row: RosterRow,
    students: dict[str, Student],
    class_id: int,
    today: date,
    now: datetime,
) -> str:
    student = students.get(row.student_number)
    is_new = student is None
    student = student or Student(school_id=school.id, number=row.student_number)
    is_changed = _fill(student, row)
    session.add(student)
    session.flush()
    is_moved = _enrol(session, student, class_id, today, now)
    if row.guardian_name:
        _guard(session, school, student, row)
    if is_new:
        return "new"
    return "moved" if is_moved else "changed" if is_changed else "unchanged"


def _fill(student: Student, row: RosterRow) -> bool:
    is_changed = False
    for name in ("family_name_km", "given_name_km", "family_name_en", "given_name_en", "sex"):
        is_changed |= getattr(student, name, None) != getattr(row, name)
        setattr(student, name, getattr(row, name))
    return is_changed


def _enrol(session: Session, student: Student, class_id: int, today: date, now: datetime) -> bool:
    current = session.scalar(select(Enrolment).where(Enrolment.student_id == student.id, Enrolment.valid_to.is_(None)))
    if current is not None and current.class_id == class_id:
        return False
    if current is not None:
        current.valid_to = today
    session.add(Enrolment(student_id=student.id, class_id=class_id, valid_from=today, recorded_at=now))
    touched = select(SchoolSession.id).where(SchoolSession.school_id == student.school_id, SchoolSession.day >= today)
    mark_dirty(session, [(student.id, half_day) for half_day in session.scalars(touched)])
    return True


def _guard(session: Session, school: School, student: Student, row: RosterRow) -> None:
    contact = _contact(session, row)
    guardian = session.get(Guardian, contact.guardian_id) if contact else _guardian_of(session, student, row)
    if guardian is None:
        guardian = Guardian(school_id=school.id, name=row.guardian_name)
        session.add(guardian)
        session.flush()
    session.merge(Guardianship(guardian_id=guardian.id, student_id=student.id, relation=row.guardian_relation))
    if row.guardian_address and contact is None:
        session.add(
            Contact(
                guardian_id=guardian.id,
                channel=row.guardian_channel,
                address=row.guardian_address,
                language=row.guardian_language,
            )
        )
    session.flush()


def _contact(session: Session, row: RosterRow) -> Contact | None:
    if not row.guardian_address:
        return None
    wanted = select(Contact).where(Contact.channel == row.guardian_channel, Contact.address == row.guardian_address)
    return session.scalar(wanted)


def _guardian_of(session: Session, student: Student, row: RosterRow) -> Guardian | None:
    linked = select(Guardian).join(Guardianship).where(Guardianship.student_id == student.id)
    return session.scalar(linked.where(Guardian.name == row.guardian_name))


def _classes(session: Session, school_id: int) -> dict[str, SchoolClass]:
    found = session.scalars(select(SchoolClass).where(SchoolClass.school_id == school_id))
    return {school_class.name_en: school_class for school_class in found}
