"""The life of a card: issued, handed over, revoked, issued anew.

Every step marks dirty what it may change, in its own transaction: who holds a card decides whether silence can mean
anything. `today` is always the date where the schools are. Printing is in `collector.cards.printing`.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from collector.cards.sealing import Sealer
from collector.errors import CardError, NotFound
from collector.models import Enrolment, IssuedCard, SchoolSession, Student, mark_dirty
from wire.card import card_of, new_number


def issue(session: Session, sealer: Sealer, student_ids: Iterable[int], now: datetime) -> list[IssuedCard]:
    """Issue a card to each student who holds none that is active; return the new ones."""
    holders = set(session.scalars(select(IssuedCard.student_id).where(IssuedCard.revoked_at.is_(None))))
    cards = [_new_card(sealer, student, now) for student in dict.fromkeys(student_ids) if student not in holders]
    session.add_all(cards)
    session.flush()
    return cards


def issue_to_school(session: Session, sealer: Sealer, school_id: int, *, today: date, now: datetime) -> int:
    """Issue a card to each student enrolled at a school, or soon to be, who holds none; return how many."""
    enrolled = exists().where(
        Enrolment.student_id == Student.id, or_(Enrolment.valid_to.is_(None), Enrolment.valid_to > today)
    )
    students = session.scalars(select(Student.id).where(Student.school_id == school_id, enrolled).order_by(Student.id))
    return len(issue(session, sealer, students, now))


def hand_over(session: Session, school_id: int, *, today: date, now: datetime) -> int:
    """Record that all active cards of a school were handed to their students; return how many were new."""
    waiting = (
        select(IssuedCard)
        .join(Student, Student.id == IssuedCard.student_id)
        .where(Student.school_id == school_id, IssuedCard.revoked_at.is_(None), IssuedCard.handed_over_at.is_(None))
    )
    cards = list(session.scalars(waiting))
    for card in cards:
        card.handed_over_at = now
    _mark(session, school_id, {card.student_id for card in cards}, today)
    return len(cards)


def reissue(session: Session, sealer: Sealer, student_id: int, *, today: date, now: datetime) -> IssuedCard:
    """Revoke what a student holds and issue a new card, handed over at once."""
    _revoke(session, student_id, now)
    card = _new_card(sealer, student_id, now)
    card.handed_over_at = now
    session.add(card)
    _mark_student(session, student_id, today)
    return card


def revoke(session: Session, student_id: int, *, today: date, now: datetime) -> None:
    """Revoke all active cards of a student; raise CardError when there is none."""
    if not _revoke(session, student_id, now):
        raise CardError("This student holds no active card: there is nothing to revoke.")
    _mark_student(session, student_id, today)


def student_by_number(session: Session, school_id: int, number: str) -> Student:
    """Return a student of a school; raise NotFound when there is none."""
    student = session.scalar(select(Student).where(Student.school_id == school_id, Student.number == number))
    if student is None:
        raise NotFound(f"There is no student with the number {number} in this school.")
    return student


def _new_card(sealer: Sealer, student_id: int, now: datetime) -> IssuedCard:
    number = new_number()
    tag = card_of(number).tag
    return IssuedCard(student_id=student_id, tag=tag, sealed_number=sealer.seal(number, tag), issued_at=now)


def _revoke(session: Session, student_id: int, now: datetime) -> bool:
    active = select(IssuedCard).where(IssuedCard.student_id == student_id, IssuedCard.revoked_at.is_(None))
    cards = list(session.scalars(active))
    for card in cards:
        card.revoked_at = now
    session.flush()
    return bool(cards)


def _mark_student(session: Session, student_id: int, today: date) -> None:
    _mark(session, session.get_one(Student, student_id).school_id, {student_id}, today)


def _mark(session: Session, school_id: int, student_ids: Collection[int], today: date) -> None:
    session.flush()
    wanted = select(SchoolSession.id).where(SchoolSession.school_id == school_id, SchoolSession.day >= today)
    half_days = list(session.scalars(wanted))
    mark_dirty(session, [(student, half_day) for student in student_ids for half_day in half_days])
