"""The life of a card: issued, handed over, revoked, issued anew.

Every step marks dirty what it may change, in its own transaction: who holds a card decides whether silence can mean
anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from collector.cards.sealing import Sealer
from collector.cards.sheet import CardFace
from collector.errors import CardError
from collector.models import Enrolment, IssuedCard, School, SchoolClass, SchoolSession, Student, mark_dirty
from wire.card import card_of, new_number


@dataclass(frozen=True, slots=True)
class PrintableCard:
    """An active card with everything that stands on it, and the student's number in the school."""

    card_id: int
    student_number: str
    face: CardFace


def issue(session: Session, sealer: Sealer, student_ids: Iterable[int], now: datetime) -> list[IssuedCard]:
    """Issue a card to each student who holds none that is active; return the new ones."""
    holders = set(session.scalars(select(IssuedCard.student_id).where(IssuedCard.revoked_at.is_(None))))
    cards = [_new_card(sealer, student, now) for student in student_ids if student not in holders]
    session.add_all(cards)
    session.flush()
    return cards


def issue_to_school(session: Session, sealer: Sealer, school_id: int, now: datetime) -> int:
    """Issue a card to each student of a school who holds none; return how many."""
    students = session.scalars(select(Student.id).where(Student.school_id == school_id).order_by(Student.id))
    return len(issue(session, sealer, students, now))


def hand_over(session: Session, school_id: int, now: datetime) -> int:
    """Record that all active cards of a school were handed to their students; return how many were new."""
    cards = list(session.scalars(_active(school_id).where(IssuedCard.handed_over_at.is_(None))))
    for card in cards:
        card.handed_over_at = now
    _mark(session, [card.student_id for card in cards], now.date())
    return len(cards)


def reissue(session: Session, sealer: Sealer, student_id: int, now: datetime) -> IssuedCard:
    """Revoke a student's active card and issue a new one, handed over at once."""
    revoke(session, student_id, now)
    card = _new_card(sealer, student_id, now)
    card.handed_over_at = now
    session.add(card)
    session.flush()
    return card


def revoke(session: Session, student_id: int, now: datetime) -> None:
    """Revoke all active cards of a student."""
    active = select(IssuedCard).where(IssuedCard.student_id == student_id, IssuedCard.revoked_at.is_(None))
    for card in session.scalars(active):
        card.revoked_at = now
    _mark(session, [student_id], now.date())


def student_by_number(session: Session, school_id: int, number: str) -> Student:
    """Return a student of a school; raise CardError when there is none."""
    student = session.scalar(select(Student).where(Student.school_id == school_id, Student.number == number))
    if student is None:
        raise CardError(f"There is no student with the number {number} in this school.")
    return student


def printable(
    session: Session, sealer: Sealer, school: School, today: date, class_id: int | None = None
) -> list[PrintableCard]:
    """Return the active cards of a school, or of one class, opened, in the order of the register."""
    year = school_year(today)
    rows = session.execute(
        select(IssuedCard, Student, SchoolClass)
        .join(Student, Student.id == IssuedCard.student_id)
        .join(Enrolment, Enrolment.student_id == Student.id)
        .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
        .where(
            Student.school_id == school.id,
            IssuedCard.revoked_at.is_(None),
            Enrolment.valid_from <= today,
            or_(Enrolment.valid_to.is_(None), Enrolment.valid_to > today),
            *([SchoolClass.id == class_id] if class_id is not None else []),
        )
        .order_by(SchoolClass.grade, SchoolClass.name_en, Student.number)
    )
    return [
        PrintableCard(card.id, student.number, _face(sealer, school, card, student, group, year))
        for card, student, group in rows
    ]


def school_year(today: date) -> str:
    """Return the school year of a date as it is printed, e.g. 2026–27; it turns in September."""
    begins = today.year if today.month >= 9 else today.year - 1  # noqa: PLR2004 - September
    return f"{begins}–{(begins + 1) % 100:02d}"


def _new_card(sealer: Sealer, student_id: int, now: datetime) -> IssuedCard:
    number = new_number()
    tag = card_of(number).tag
    return IssuedCard(student_id=student_id, tag=tag, sealed_number=sealer.seal(number, tag), issued_at=now)


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


def _active(school_id: int) -> Select[IssuedCard]:
    owned = select(IssuedCard).join(Student, Student.id == IssuedCard.student_id)
    return owned.where(Student.school_id == school_id, IssuedCard.revoked_at.is_(None))


def _mark(session: Session, student_ids: list[int], day: date) -> None:
    school = select(Student.id, SchoolSession.id).join(SchoolSession, SchoolSession.school_id == Student.school_id)
    touched = school.where(Student.id.in_(student_ids), SchoolSession.day >= day)
    mark_dirty(session, session.execute(touched).tuples())
