"""Every check-in of a known card becomes one student's tap, whatever order it comes in and however often it is read."""

from sqlalchemy import delete, select

from collector.attendance.follower import FOLLOWER
from collector.models import DirtyMark, FollowerCursor, SchoolSession, StudentTap
from tests.simulation.decided_school import DecidedSchool
from tests.simulation.recorded_kiosk import after, tag_of, ticks
from tests.simulation.small_school import LONG_AGO
from wire.messages import ClockQuality


def _follow(school: DecidedSchool) -> None:
    while school.follower.step():
        pass


def _taps(school: DecidedSchool) -> list[StudentTap]:
    with school.database.reading() as session:
        found = list(session.scalars(select(StudentTap).order_by(StudentTap.outbox_id, StudentTap.seq)))
        session.expunge_all()
        return found


def _dirty(school: DecidedSchool) -> set[tuple[int, int]]:
    with school.database.reading() as session:
        return {(one.student_id, one.school_session_id) for one in session.scalars(select(DirtyMark))}


def test_an_anchored_tap_is_a_moment_and_marks_its_pair(school: DecidedSchool) -> None:
    student = school.students[0]
    school.front.anchor()
    school.front.tap(student, after(4))
    school.front.deliver(after(5))

    _follow(school)

    (tap,) = _taps(school)
    assert (tap.student_id, tap.gate_id, tap.seq, tap.at_ticks) == (student, school.front.gate_id, 2, ticks(after(4)))
    assert tap.earliest_at < after(4) < tap.latest_at
    assert (tap.latest_at - tap.earliest_at).total_seconds() < 0.2
    assert _dirty(school) == {(student, school.school.half_day_id)}
    assert not school.follower.step()


def test_an_anchor_that_comes_later_dates_the_taps_of_its_boot(school: DecidedSchool) -> None:
    student = school.students[0]
    school.front.tap(student, after(4))
    school.front.deliver(after(20))
    _follow(school)
    (vague,) = _taps(school)
    assert (vague.earliest_at, vague.latest_at) == (LONG_AGO, after(20))
    with school.database.transaction() as session:
        session.execute(delete(DirtyMark))

    school.front.anchor(after(21))
    school.front.deliver(after(22))
    _follow(school)

    (tap,) = _taps(school)
    assert abs((tap.earliest_at - after(4)).total_seconds()) < 0.3
    assert _dirty(school) == {(student, school.school.half_day_id)}


def test_a_tap_without_a_clock_is_younger_than_the_last_claim_of_fewer_rows(school: DecidedSchool) -> None:
    school.front.claim(after(3))
    school.front.tap(school.students[0], after(4))
    school.front.deliver(after(20))

    _follow(school)

    (tap,) = _taps(school)
    assert (tap.earliest_at, tap.latest_at) == (after(3), after(20))


def test_a_card_that_no_register_knows_is_nobodys_tap(school: DecidedSchool) -> None:
    school.front.anchor()
    school.front.tap(9999, after(4))
    school.front.tap(school.students[1], after(4.5))
    school.front.deliver(after(5))

    _follow(school)

    assert [tap.student_id for tap in _taps(school)] == [school.students[1]]
    assert tag_of(9999) != tag_of(school.students[1])


def test_reading_everything_again_leaves_the_same_taps(school: DecidedSchool) -> None:
    school.front.anchor()
    school.everyone_but()
    school.front.deliver(after(5))
    _follow(school)
    before = [(tap.outbox_id, tap.seq, tap.earliest_at, tap.latest_at) for tap in _taps(school)]

    with school.database.transaction() as session:
        session.execute(delete(FollowerCursor).where(FollowerCursor.follower == FOLLOWER))
    _follow(school)

    assert [(tap.outbox_id, tap.seq, tap.earliest_at, tap.latest_at) for tap in _taps(school)] == before
    assert len(before) == 6


def test_many_commits_are_read_in_the_order_of_the_ledger_to_the_last(school: DecidedSchool) -> None:
    school.front.anchor()
    for minute in range(120):
        school.front.tap(school.students[minute % 6], after(minute / 10))
        school.front.deliver(after(minute / 10 + 0.05))

    _follow(school)

    assert [tap.seq for tap in _taps(school)] == list(range(2, 122))
    with school.database.reading() as session:
        assert session.get_one(FollowerCursor, (FOLLOWER, school.front.outbox_id)).revision == 120


def test_the_tap_of_a_day_that_nobody_asked_about_makes_its_school_sessions(school: DecidedSchool) -> None:
    next_day = after(24 * 60)
    school.back.quality = ClockQuality.NTP
    school.back.tap(school.students[0], next_day)
    school.back.deliver(next_day)

    _follow(school)

    with school.database.reading() as session:
        days = {one.id: one.day.day for one in session.scalars(select(SchoolSession))}
    assert {days[half_day] for _, half_day in _dirty(school)} == {7}
