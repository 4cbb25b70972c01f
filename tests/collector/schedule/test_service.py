"""School sessions of a date, and who is expected in them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from collector.db import Database
from collector.errors import RosterError
from collector.models import Closure, DirtyMark, Enrolment, SchoolClass, SchoolSession, Shift, ShiftClass
from collector.schedule import service, timetable
from collector.schedule.schemas import ClosureEntry, ScheduleFile, ShiftEntry
from tests.simulation.manual_clock import MONDAY_0640
from tests.simulation.small_school import SmallSchool

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
MONDAY, TUESDAY, SUNDAY = (date(2025, 1, day) for day in (6, 7, 12))
MORNING = ShiftEntry("ព្រឹក", "Morning", time(6, 40), time(6, 48), time(6, 52), time(6, 55))
AFTERNOON = ShiftEntry("រសៀល", "Afternoon", time(12, 40), time(12, 48), time(12, 52), time(12, 55))
MakeSchool = Callable[..., SmallSchool]


def load(database: Database, school_id: int, schedule: ScheduleFile, today: date = MONDAY) -> None:
    with database.transaction() as session:
        timetable.load_schedule(session, school_id, schedule, today=today, now=MONDAY_0640, zone=PHNOM_PENH)


def held(database: Database, school_id: int, day: date) -> list[tuple[int, datetime]]:
    with database.transaction() as session:
        half_days = service.ensure_sessions(session, school_id, day, PHNOM_PENH)
        return [(half_day.id, half_day.opens_at) for half_day in half_days]


def close(database: Database, school_id: int, day: date) -> None:
    load(database, school_id, ScheduleFile((), (ClosureEntry(day, "ភ្ជុំបិណ្ឌ", "Pchum Ben"),)))


def test_bells_are_local_and_what_is_stored_is_utc(database: Database, make_school: MakeSchool) -> None:
    school = make_school()

    ((half_day_id, _),) = held(database, school.school_id, TUESDAY)

    with database.reading() as session:
        half_day = session.get_one(SchoolSession, half_day_id)
        bells = (half_day.opens_at, half_day.late_after_at, half_day.cutoff_at, half_day.closes_at)
        assert bells == tuple(datetime(2025, 1, 6, 23, minute, tzinfo=UTC) for minute in (40, 48, 52, 55))
        assert half_day.day == TUESDAY


def test_asking_twice_makes_a_school_session_once(database: Database, make_school: MakeSchool) -> None:
    school = make_school()

    assert held(database, school.school_id, MONDAY) == [(school.half_day_id, MONDAY_0640)]
    assert held(database, school.school_id, TUESDAY) == held(database, school.school_id, TUESDAY)


def test_two_who_ask_at_once_get_the_same_school_sessions(database: Database, make_school: MakeSchool) -> None:
    school = make_school()
    start, found = Barrier(4), list[list[tuple[int, datetime]]]()

    def ask() -> None:
        start.wait()
        found.append(held(database, school.school_id, TUESDAY))

    askers = [Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    assert len(found) == 4
    assert all(each == found[0] for each in found)
    with database.reading() as session:
        made = select(func.count()).select_from(SchoolSession).where(SchoolSession.day == TUESDAY)
        assert session.scalar(made) == 1


def test_one_who_did_not_see_the_other_makes_no_second_one(database: Database, make_school: MakeSchool) -> None:
    school = make_school()
    with database.transaction() as session:
        shift = session.get_one(Shift, school.shift_id)
        row = {"shift_id": shift.id, "school_id": school.school_id, "day": MONDAY}
        service.insert_missing(session, [row | service.moments(shift, MONDAY, PHNOM_PENH)])

    assert held(database, school.school_id, MONDAY) == [(school.half_day_id, MONDAY_0640)]


def test_there_is_no_school_on_other_weekdays(database: Database, make_school: MakeSchool) -> None:
    school = make_school()

    assert held(database, school.school_id, SUNDAY) == []
    assert len(held(database, school.school_id, SUNDAY - timedelta(days=1))) == 1


def test_shifts_come_in_the_order_of_the_day(database: Database, make_school: MakeSchool) -> None:
    school = make_school()
    load(database, school.school_id, ScheduleFile((AFTERNOON, MORNING)))

    opened = [opens_at for _, opens_at in held(database, school.school_id, TUESDAY)]

    assert opened == [MONDAY_0640 + timedelta(days=1), MONDAY_0640 + timedelta(days=1, hours=6)]


def test_a_closed_day_has_no_school_sessions(database: Database, make_school: MakeSchool) -> None:
    school = make_school()
    close(database, school.school_id, TUESDAY)

    assert held(database, school.school_id, TUESDAY) == []
    with database.reading() as session:
        assert service.is_closed(session, school.school_id, TUESDAY)
        assert session.scalar(select(Closure.reason_en)) == "Pchum Ben"


def test_a_day_closed_after_its_session_was_made_expects_nobody(database: Database, make_school: MakeSchool) -> None:
    school = make_school(students=2)
    close(database, school.school_id, MONDAY)

    assert held(database, school.school_id, MONDAY) == []
    with database.reading() as session:
        half_day = session.get_one(SchoolSession, school.half_day_id)
        assert service.sessions_of(session, school.school_id, MONDAY) == []
        assert service.expected(session, half_day) == {}
        assert len(session.scalars(select(DirtyMark)).all()) == 2


def test_expected_are_those_enrolled_that_day_in_a_class_of_the_shift(
    database: Database, make_school: MakeSchool
) -> None:
    school = make_school(students=4)
    stays, left, comes, leaves_tomorrow = school.student_ids
    with database.transaction() as session:
        enrolments = {one.student_id: one for one in session.scalars(select(Enrolment))}
        enrolments[left].valid_to = MONDAY
        enrolments[comes].valid_from = TUESDAY
        enrolments[leaves_tomorrow].valid_to = TUESDAY
        other = SchoolClass(school_id=school.school_id, name_km="៨ក", name_en="8A", grade=8)
        session.add(other)
        session.flush()

    with database.reading() as session:
        half_day = session.get_one(SchoolSession, school.half_day_id)
        assert service.expected(session, half_day) == {stays: school.class_id, leaves_tomorrow: school.class_id}


def test_a_shift_takes_exactly_the_classes_it_names(database: Database, make_school: MakeSchool) -> None:
    school = make_school()
    with database.transaction() as session:
        session.add(SchoolClass(school_id=school.school_id, name_km="៨ក", name_en="8A", grade=8))

    def attending() -> int:
        with database.reading() as session:
            return len(session.scalars(select(ShiftClass).where(ShiftClass.shift_id == school.shift_id)).all())

    load(database, school.school_id, ScheduleFile((MORNING,)))
    assert attending() == 2
    only = ShiftEntry("ព្រឹក", "Morning", time(6, 40), time(6, 48), time(6, 52), time(6, 55), classes=("៨ក",))
    load(database, school.school_id, ScheduleFile((only,)))
    assert attending() == 1
    with database.reading() as session:
        assert timetable.classes_without_shift(session, school.school_id) == ["7A"]


def test_a_shift_with_an_unknown_class_changes_nothing(database: Database, make_school: MakeSchool) -> None:
    school = make_school()
    strange = ShiftEntry("យប់", "Evening", time(18), time(18, 8), time(18, 12), time(18, 15), classes=("9Z",))

    with pytest.raises(RosterError, match="names a class that the school does not have: 9Z"):
        load(database, school.school_id, ScheduleFile((strange,)))
    with database.reading() as session:
        assert [shift.name_en for shift in service.shifts_of(session, school.school_id)] == ["Morning"]


def test_new_bells_hold_from_today_and_leave_yesterday_as_it_was(database: Database, make_school: MakeSchool) -> None:
    school = make_school()
    held(database, school.school_id, TUESDAY)
    later = ShiftEntry("ព្រឹក", "Morning", time(7), time(7, 15), time(7, 30), time(11))

    load(database, school.school_id, ScheduleFile((later,)), today=TUESDAY)

    ((_, monday),) = held(database, school.school_id, MONDAY)
    ((tuesday_id, tuesday),) = held(database, school.school_id, TUESDAY)
    assert (monday, tuesday) == (MONDAY_0640, datetime(2025, 1, 7, 0, 0, tzinfo=UTC))
    with database.reading() as session:
        pairs = session.execute(select(DirtyMark.student_id, DirtyMark.school_session_id))
        assert sorted((student, half_day) for student, half_day in pairs) == [
            (student, tuesday_id) for student in school.student_ids
        ]


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.times(), st.sampled_from(["Asia/Phnom_Penh", "Europe/Paris"]))
def test_a_bell_rings_on_its_local_date_wherever_the_school_is(day: date, bell: time, name: str) -> None:
    zone = ZoneInfo(name)
    shift = Shift(opens=bell, late_after=bell, cutoff=bell, closes=bell)

    moment = service.moments(shift, day, zone)["opens_at"]

    assert moment.tzinfo is UTC
    if name == "Asia/Phnom_Penh":
        assert service.local_day(moment, zone) == day
        assert moment.astimezone(zone).time() == bell
