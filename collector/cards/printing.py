"""Opens the cards of a school for the printer: the only place, beside gate books, where sealed numbers are needed."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from collector.cards.sealing import Sealer
from collector.cards.sheet import CardFace
from collector.models import Enrolment, IssuedCard, School, SchoolClass, Student

_SEPTEMBER = 9
_REGISTER = (Student.family_name_en, Student.given_name_en, Student.number)
"""The order of a class list, which is also that of the pages."""


@dataclass(frozen=True, slots=True)
class PrintableCard:
    """An active card with everything that stands on it, and the student's number in the school."""

    card_id: int
    student_number: str
    face: CardFace


def printable(
    session: Session,
    sealer: Sealer,
    school: School,
    today: date,
    class_id: int | None = None,
    student_id: int | None = None,
) -> list[PrintableCard]:
    """Return the active cards of a school, of one class, or of one student, opened, in the order of the register."""
    wanted = (
        select(IssuedCard, Student, SchoolClass)
        .join(Student, Student.id == IssuedCard.student_id)
        .join(Enrolment, Enrolment.student_id == Student.id)
        .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .where(
            Student.school_id == school.id,
            IssuedCard.revoked_at.is_(None),
            Enrolment.valid_from <= today,
            or_(Enrolment.valid_to.is_(None), Enrolment.valid_to > today),
        )
        .order_by(SchoolClass.grade, SchoolClass.name_en, *_REGISTER, IssuedCard.id)
    )
    if class_id is not None:
        wanted = wanted.where(SchoolClass.id == class_id)
    if student_id is not None:
        wanted = wanted.where(Student.id == student_id)
    year = school_year(today)
    return [
        PrintableCard(card.id, student.number, _face(sealer, school, card, student, group, year))
        for card, student, group in session.execute(wanted)
    ]


def school_year(today: date) -> str:
    """Return the school year of a date as it is printed, e.g. 2026–27; from September on cards are for the next one."""
    begins = today.year if today.month >= _SEPTEMBER else today.year - 1
    return f"{begins}–{(begins + 1) % 100:02d}"


def _face(
    sealer: Sealer, school: School, card: IssuedCard, student: Student, group: SchoolClass, year: str
) -> CardFace:
    return CardFace(
        number=sealer.open(card.sealed_number, card.tag),
        school_km=school.name_km,
        school_en=school.name_en,
        class_km=group.name_km,
        class_en=group.name_en,
        name_km=student.name_km,
        name_en=student.name_en,
        year=year,
    )
