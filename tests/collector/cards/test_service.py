"""The life of cards: one active card each, and whoever it may concern is looked at again."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from collector.cards import service
from collector.cards.printing import printable, school_year
from collector.cards.sealing import Sealer
from collector.db import Database
from collector.errors import CardError, NotFound
from collector.models import (
    DirtyMark,
    Enrolment,
    IssuedCard,
    School,
    SchoolClass,
    SchoolSession,
    Shift,
    Student,
)
from tests.simulation.manual_clock import MONDAY_0640
from tests.simulation.small_school import MONDAY, SmallSchool
from wire.card import card_of

MakeSchool = Callable[..., SmallSchool]
NOW = MONDAY_0640
LATER = NOW + timedelta(minutes=5)


def issue(database: Database, sealer: Sealer, school: SmallSchool) -> int:
    with database.transaction() as session:
        return service.issue_to_school(session, sealer, school.school_id, today=MONDAY, now=NOW)


def hand_over(database: Database, school: SmallSchool) -> int:
    with database.transaction() as session:
        return service.hand_over(session, school.school_id, today=MONDAY, now=NOW)


def cards_of(database: Database, student_id: int) -> list[tuple[datetime | None, datetime | None]]:
    """Return for each card of a student when it was handed over and when revoked."""
    with database.reading() as session:
        cards = session.scalars(select(IssuedCard).where(IssuedCard.student_id == student_id).order_by(IssuedCard.id))
        return [(card.handed_over_at, card.revoked_at) for card in cards]


def dirty(database: Database) -> set[tuple[int, int]]:
    with database.reading() as session:
        return {(mark.student_id, mark.school_session_id) for mark in session.scalars(select(DirtyMark))}


def hold_session(database: Database, school: SmallSchool, day: date) -> int:
    with database.transaction() as session:
        bell = NOW.time()
        shift = Shift(
            school_id=school.school_id, name_km="ថ្ងៃ", name_en=f"{day}", opens=bell, late_after=bell, cutoff=bell,
            closes=bell,
        )  # fmt: skip
        session.add(shift)
        session.flush()
        half_day = SchoolSession(
            shift_id=shift.id, school_id=school.school_id, day=day, opens_at=NOW, late_after_at=NOW, cutoff_at=NOW,
            closes_at=NOW,
        )  # fmt: skip
        session.add(half_day)
        session.flush()
        return half_day.id


def test_each_student_gets_one_card_however_often_cards_are_issued(
    database: Database, make_school: MakeSchool, sealer: Sealer
) -> None:
    school = make_school(students=3)

    assert [issue(database, sealer, school) for _ in range(2)] == [3, 0]
    with database.transaction() as session:
        assert service.issue(session, sealer, school.student_ids[:1] * 2, NOW) == []


def test_a_student_named_twice_gets_one_card(database: Database, make_school: MakeSchool, sealer: Sealer) -> None:
    school = make_school()

    with database.transaction() as session:
        assert len(service.issue(session, sealer, school.student_ids[:1] * 2, NOW)) == 1


def test_the_number_is_sealed_in_the_register_and_its_tag_is_not(
    database: Database, make_school: MakeSchool, sealer: Sealer
) -> None:
    issue(database, sealer, make_school())

    with database.reading() as session:
        for card in session.scalars(select(IssuedCard)):
            number = sealer.open(card.sealed_number, card.tag)
            assert card_of(number).tag == card.tag


def test_who_has_left_the_school_gets_no_card(database: Database, make_school: MakeSchool, sealer: Sealer) -> None:
    school = make_school(students=3)
    with database.transaction() as session:
        left, leaves, _ = session.scalars(select(Enrolment).order_by(Enrolment.student_id))
        left.valid_to = MONDAY
        leaves.valid_to = MONDAY + timedelta(days=1)

    assert issue(database, sealer, school) == 2
    assert cards_of(database, school.student_ids[0]) == []


def test_a_card_is_handed_over_once(database: Database, make_school: MakeSchool, sealer: Sealer) -> None:
    school = make_school(students=2)
    issue(database, sealer, school)

    assert [hand_over(database, school) for _ in range(2)] == [2, 0]
    assert cards_of(database, school.student_ids[0]) == [(NOW, None)]


def test_cards_of_another_school_are_left_alone(database: Database, make_school: MakeSchool, sealer: Sealer) -> None:
    ours, theirs = make_school(code="A"), make_school(code="B")
    issue(database, sealer, ours)
    issue(database, sealer, theirs)
    hand_over(database, ours)

    assert cards_of(database, theirs.student_ids[0]) == [(None, None)]


def test_a_lost_card_is_revoked_and_the_new_one_is_in_hand(
    database: Database, make_school: MakeSchool, sealer: Sealer
) -> None:
    school = make_school()
    issue(database, sealer, school)
    hand_over(database, school)

    with database.transaction() as session:
        service.reissue(session, sealer, school.student_ids[0], today=MONDAY, now=LATER)

    assert cards_of(database, school.student_ids[0]) == [(NOW, LATER), (LATER, None)]
    assert cards_of(database, school.student_ids[1]) == [(NOW, None)]


def test_a_revoked_card_stays_revoked_from_the_first_moment(
    database: Database, make_school: MakeSchool, sealer: Sealer
) -> None:
    school = make_school()
    issue(database, sealer, school)
    student = school.student_ids[0]
    with database.transaction() as session:
        service.revoke(session, student, today=MONDAY, now=NOW)

    with pytest.raises(CardError, match="holds no active card"), database.transaction() as session:
        service.revoke(session, student, today=MONDAY, now=LATER)
    assert cards_of(database, student) == [(None, NOW)]
    assert issue(database, sealer, school) == 1


def test_what_happens_to_a_card_is_looked_at_from_the_local_today_on(
    database: Database, make_school: MakeSchool, sealer: Sealer
) -> None:
    school = make_school(students=2)
    one, other = school.student_ids
    yesterday, tomorrow = (hold_session(database, school, MONDAY + timedelta(days=n)) for n in (-1, 1))
    assert NOW.date() == MONDAY - timedelta(days=1), "in UTC it is still Sunday"
    issue(database, sealer, school)
    assert dirty(database) == set()

    hand_over(database, school)
    days = (school.half_day_id, tomorrow)
    assert dirty(database) == {(student, day) for student in (one, other) for day in days}
    assert yesterday not in days

    for change in (service.revoke, lambda *words, **more: service.reissue(words[0], sealer, *words[1:], **more)):
        with database.transaction() as session:
            for mark in session.scalars(select(DirtyMark)):
                session.delete(mark)
        with database.transaction() as session:
            change(session, one, today=MONDAY, now=LATER)
        assert dirty(database) == {(one, day) for day in days}


def test_an_unknown_student_is_told(database: Database, make_school: MakeSchool) -> None:
    school = make_school()

    with database.reading() as session:
        assert service.student_by_number(session, school.school_id, "0001").id == school.student_ids[0]
        with pytest.raises(NotFound, match="no student with the number 9999"):
            service.student_by_number(session, school.school_id, "9999")


def test_cards_are_printed_class_by_class_in_the_order_of_the_class_list(
    database: Database, make_school: MakeSchool, sealer: Sealer
) -> None:
    school = make_school(students=4)
    with database.transaction() as session:
        lower = SchoolClass(school_id=school.school_id, name_km="៦ក", name_en="6A", grade=6)
        higher = SchoolClass(school_id=school.school_id, name_km="១០ក", name_en="10A", grade=10)
        session.add_all([lower, higher])
        session.flush()
        students = list(session.scalars(select(Student).order_by(Student.number)))
        students[0].family_name_en, students[1].family_name_en = "Yim", "Ban"
        enrolments = list(session.scalars(select(Enrolment).order_by(Enrolment.student_id)))
        enrolments[2].class_id, enrolments[3].class_id = higher.id, lower.id
        higher_id = higher.id
    issue(database, sealer, school)
    with database.transaction() as session:
        service.reissue(session, sealer, school.student_ids[0], today=MONDAY, now=LATER)

    with database.reading() as session:
        found = session.get_one(School, school.school_id)
        cards = printable(session, sealer, found, MONDAY)
        assert [(card.face.class_en, card.student_number) for card in cards] == [
            ("6A", "0004"), ("7A", "0002"), ("7A", "0001"), ("10A", "0003"),
        ]  # fmt: skip
        assert [card.student_number for card in printable(session, sealer, found, MONDAY, higher_id)] == ["0003"]
        tags = {card.id: card.tag for card in session.scalars(select(IssuedCard))}
        assert all(card_of(card.face.number).tag == tags[card.card_id] for card in cards)
        assert cards[0].face.name_km == "សុខ ដារា4"


@pytest.mark.parametrize(
    ("today", "printed"),
    [(date(2026, 8, 31), "2025–26"), (date(2026, 9, 1), "2026–27"), (date(2099, 12, 31), "2099–00")],
)
def test_a_card_is_for_the_school_year_that_comes(today: date, printed: str) -> None:
    assert school_year(today) == printed
