"""A small school in the database: what most tests of the collector stand on.

A Monday morning in Prey Veng: one class, one shift that opens at 06:40, `late_after` 06:48, cutoff 06:52, closes
06:55, local time. Gates and students are as many as a test asks for; it commissions its kiosks itself.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from collector.db import Database
from collector.models import (
    Enrolment,
    Gate,
    School,
    SchoolClass,
    SchoolSession,
    Shift,
    ShiftClass,
    Student,
)
from tests.simulation.manual_clock import MONDAY_0640

MONDAY = date(2025, 1, 6)
LONG_AGO = MONDAY_0640 - timedelta(days=30)


@dataclass(frozen=True)
class SmallSchool:
    """Ids and moments of a stored school, so that no test holds on to rows of a closed transaction."""

    school_id: int
    gate_ids: tuple[int, ...]
    class_id: int
    student_ids: tuple[int, ...]
    shift_id: int
    half_day_id: int
    opens_at: datetime
    cutoff_at: datetime


def store_school(database: Database, gates: int = 1, students: int = 2, code: str = "PV-1") -> SmallSchool:
    """Store a school with one class, one shift and this Monday's half day; commit."""
    with database.transaction() as session:
        school = School(code=code, name_km="វិទ្យាល័យ", name_en="High School", province_code="14")
        session.add(school)
        session.flush()
        doors = [
            Gate(school_id=school.id, code=str(n), name_km=f"ច្រក {n}", name_en=f"Gate {n}") for n in range(1, gates + 1)
        ]
        room = SchoolClass(school_id=school.id, name_km="៧ក", name_en="7A", grade=7)
        pupils = [_student(school.id, n) for n in range(1, students + 1)]
        session.add_all([*doors, room, *pupils])
        session.flush()
        _enrol(session, pupils, room.id)
        half_day = _half_day(session, school.id, room.id)
        return SmallSchool(
            school.id, tuple(door.id for door in doors), room.id, tuple(one.id for one in pupils), half_day.shift_id,
            half_day.id, half_day.opens_at, half_day.cutoff_at,
        )  # fmt: skip


def _half_day(session: Session, school_id: int, class_id: int) -> SchoolSession:
    shift = Shift(
        school_id=school_id, name_km="ព្រឹក", name_en="Morning", opens=time(6, 40), late_after=time(6, 48),
        cutoff=time(6, 52), closes=time(6, 55),
    )  # fmt: skip
    session.add(shift)
    session.flush()
    half_day = SchoolSession(
        shift_id=shift.id, school_id=school_id, day=MONDAY, opens_at=MONDAY_0640,
        late_after_at=_after(8), cutoff_at=_after(12), closes_at=_after(15),
    )  # fmt: skip
    session.add_all([half_day, ShiftClass(shift_id=shift.id, class_id=class_id)])
    session.flush()
    return half_day


def _enrol(session: Session, pupils: list[Student], class_id: int) -> None:
    session.add_all(
        Enrolment(student_id=one.id, class_id=class_id, valid_from=LONG_AGO.date(), recorded_at=LONG_AGO)
        for one in pupils
    )


def _after(minutes: float) -> datetime:
    return MONDAY_0640 + timedelta(minutes=minutes)


def _student(school_id: int, number: int) -> Student:
    return Student(
        school_id=school_id, number=f"{number:04}", family_name_km="សុខ", given_name_km=f"ដារា{number}",
        family_name_en="Sok", given_name_en=f"Dara {number}", sex="F",
    )  # fmt: skip
