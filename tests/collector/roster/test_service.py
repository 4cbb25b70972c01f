"""Who is enrolled where, from which date, however often a roster is brought."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count, pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from collector.db import Database
from collector.errors import RosterError
from collector.models import DirtyMark, Enrolment, Gate, School, SchoolClass, SchoolSession, Shift, Student
from collector.roster import service
from collector.roster.schemas import ClassEntry, GateEntry
from collector.roster.service import Imported
from tests.simulation.manual_clock import MONDAY_0640
from tests.simulation.rosters import MONDAY, SCHOOL, line

Bring = Callable[..., Imported]
TUESDAY = MONDAY + timedelta(days=1)
NUMBERS = count(1)


def enrolments(database: Database) -> list[tuple[str, str, date, date | None]]:
    with database.reading() as session:
        found = session.execute(
            select(Student.number, SchoolClass.name_en, Enrolment.valid_from, Enrolment.valid_to)
            .join(Student, Student.id == Enrolment.student_id)
            .join(SchoolClass, SchoolClass.id == Enrolment.class_id)
            .order_by(Enrolment.id)
        )
        return list(found)


def hold_session(database: Database, day: date) -> int:
    """Store a school session of that date."""
    with database.transaction() as session:
        school = service.school_by_code(session, SCHOOL.code)
        bell = MONDAY_0640.time()
        shift = Shift(
            school_id=school.id, name_km="ព្រឹក", name_en=f"Morning of {day}",
            opens=bell, late_after=bell, cutoff=bell, closes=bell,
        )  # fmt: skip
        session.add(shift)
        session.flush()
        half_day = SchoolSession(
            shift_id=shift.id, school_id=school.id, day=day, opens_at=MONDAY_0640,
            late_after_at=MONDAY_0640, cutoff_at=MONDAY_0640, closes_at=MONDAY_0640,
        )  # fmt: skip
        session.add(half_day)
        session.flush()
        return half_day.id


def dirty(database: Database) -> list[tuple[str, int]]:
    with database.reading() as session:
        pairs = select(Student.number, DirtyMark.school_session_id).join(Student, Student.id == DirtyMark.student_id)
        return sorted(session.execute(pairs))


def clean_up(database: Database) -> None:
    with database.transaction() as session:
        for mark in session.scalars(select(DirtyMark)):
            session.delete(mark)


def test_a_new_student_is_enrolled_from_today(database: Database, bring: Bring) -> None:
    assert bring(line("0001"), line("0002", "7B")) == Imported(new=2, changed=0, moved=0, unchanged=0)

    assert enrolments(database) == [("0001", "7A", MONDAY, None), ("0002", "7B", MONDAY, None)]


def test_a_class_may_be_named_in_khmer(database: Database, bring: Bring) -> None:
    bring(line("0001", "៧ខ"))

    assert enrolments(database) == [("0001", "7B", MONDAY, None)]


def test_the_same_roster_again_changes_nothing(database: Database, bring: Bring) -> None:
    hold_session(database, MONDAY)
    bring(line("0001"), line("0002"))
    clean_up(database)

    assert bring(line("0001"), line("0002"), today=TUESDAY) == Imported(new=0, changed=0, moved=0, unchanged=2)
    assert len(enrolments(database)) == 2
    assert dirty(database) == []


def test_a_corrected_name_is_a_change_of_the_same_student(database: Database, bring: Bring) -> None:
    bring(line("0001"))

    assert bring(line("0001", given_name_en="Darath")) == Imported(new=0, changed=1, moved=0, unchanged=0)
    with database.reading() as session:
        assert [student.name_en for student in session.scalars(select(Student))] == ["Sok Darath"]


def test_another_class_ends_the_enrolment_today_and_begins_a_new_one(database: Database, bring: Bring) -> None:
    bring(line("0001"), line("0002"))

    assert bring(line("0001", "7B"), today=TUESDAY) == Imported(new=0, changed=0, moved=1, unchanged=0)
    assert enrolments(database) == [
        ("0001", "7A", MONDAY, TUESDAY),
        ("0002", "7A", MONDAY, None),
        ("0001", "7B", TUESDAY, None),
    ]


def test_a_move_marks_the_students_school_sessions_dirty_from_today_on(database: Database, bring: Bring) -> None:
    hold_session(database, MONDAY)
    today, tomorrow = (hold_session(database, TUESDAY + timedelta(days=n)) for n in (0, 1))
    bring(line("0001"), line("0002"))
    clean_up(database)

    bring(line("0001", "7B"), line("0002"), today=TUESDAY)

    assert dirty(database) == [("0001", today), ("0001", tomorrow)]


def test_nobody_leaves_by_not_being_in_a_file(database: Database, bring: Bring) -> None:
    bring(line("0001"), line("0002"))
    bring(line("0002"), today=TUESDAY)

    assert [enrolment[3] for enrolment in enrolments(database)] == [None, None]


def test_one_unknown_class_keeps_the_whole_roster_out(database: Database, bring: Bring) -> None:
    with pytest.raises(RosterError, match="line 3: class '9Z' is not one of 7A, 7B"):
        bring(line("0001"), line("0002", "9Z"))

    assert enrolments(database) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["7A", "7B", None]), st.integers(0, 2)), max_size=6))
def test_a_student_is_in_one_class_on_any_day(
    database: Database, bring: Bring, moves: list[tuple[str | None, int]]
) -> None:
    day = MONDAY
    number = f"{next(NUMBERS):04}"
    bring(line(number))
    here = "7A"
    for class_name, days in moves:
        day += timedelta(days=days)
        if class_name:
            bring(line(number, class_name), today=day)
            here = class_name

    mine = [entry[1:] for entry in enrolments(database) if entry[0] == number]
    assert [name for name, begins, ends in mine if begins <= day and (ends is None or ends > day)] == [here]
    assert all(ends == follows for (_, _, ends), (_, follows, _) in pairwise(mine))


def test_a_school_file_may_be_brought_again_with_more_in_it(database: Database, bring: Bring) -> None:
    more = msgspec.structs.replace(
        SCHOOL,
        name_en="Kampong Leav High School",
        gates=(*SCHOOL.gates, GateEntry("field", "វាល", "Field gate")),
        classes=(ClassEntry("៧ក ថ្មី", "7A", 7), ClassEntry("៨ក", "8A", 8)),
    )

    with database.transaction() as session:
        service.load_school(session, more, MONDAY)

    with database.reading() as session:
        assert [school.name_en for school in session.scalars(select(School))] == ["Kampong Leav High School"]
        assert {gate.code for gate in session.scalars(select(Gate))} == {"front", "back", "field"}
        names = {group.name_en: group.name_km for group in session.scalars(select(SchoolClass))}
        assert names == {"7A": "៧ក ថ្មី", "7B": "៧ខ", "8A": "៨ក"}


def test_a_new_gate_is_one_more_that_silence_needs_so_marks_are_made_anew(database: Database, bring: Bring) -> None:
    hold_session(database, MONDAY)
    half_day = hold_session(database, TUESDAY)
    bring(line("0001"), today=TUESDAY)
    clean_up(database)
    more = msgspec.structs.replace(SCHOOL, gates=(*SCHOOL.gates, GateEntry("field", "វាល", "Field gate")))

    with database.transaction() as session:
        service.load_school(session, SCHOOL, TUESDAY)
    assert dirty(database) == []
    with database.transaction() as session:
        service.load_school(session, more, TUESDAY)

    assert dirty(database) == [("0001", half_day)]


def test_a_school_that_is_live_keeps_the_moment_from_which_it_is(database: Database, bring: Bring) -> None:
    with database.transaction() as session:
        school = service.school_by_code(session, SCHOOL.code)
        service.set_live(session, school, MONDAY_0640)
        service.set_live(session, school, MONDAY_0640 + timedelta(days=1))

        assert school.live_since == MONDAY_0640
        service.set_live(session, school, None)
        assert school.live_since is None


def test_an_unknown_school_and_an_unknown_class_are_told(database: Database, bring: Bring) -> None:
    with database.reading() as session:
        with pytest.raises(RosterError, match="no school with the code 99: load its school file first"):
            service.school_by_code(session, "99")
        school = service.school_by_code(session, SCHOOL.code)
        with pytest.raises(RosterError, match="no class '9Z' in this school; it has 7A, 7B"):
            service.class_by_name(session, school.id, "9Z")
        assert service.class_by_name(session, school.id, "៧ខ").name_en == "7B"
