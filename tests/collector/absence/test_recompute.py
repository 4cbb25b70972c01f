"""What the marks of a past day are is a pure function of what is stored now: recompute equals live."""

import random
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import delete, select

from collector.absence.service import settle_open
from collector.attendance.follower import FOLLOWER, Follower
from collector.models import AttendanceRecord, FollowerCursor, Mark, Notification, StudentTap
from tests.simulation.decided_school import ZONE, DecidedSchool
from tests.simulation.recorded_kiosk import RecordedKiosk, after, give_card

Row = tuple[object, ...]


def _stored(school: DecidedSchool) -> tuple[list[Row], list[Row]]:
    with school.database.reading() as session:
        marks = session.execute(
            select(
                AttendanceRecord.student_id,
                AttendanceRecord.school_session_id,
                AttendanceRecord.mark,
                AttendanceRecord.reason,
                AttendanceRecord.minutes_late,
                AttendanceRecord.seen_at,
                AttendanceRecord.seen_gate_id,
                AttendanceRecord.is_final,
            ).order_by(AttendanceRecord.student_id, AttendanceRecord.school_session_id)
        )
        columns = StudentTap.__table__.columns
        taps = session.execute(select(*columns).order_by(columns["outbox_id"], columns["seq"]))
        return [tuple(row) for row in marks], [tuple(row) for row in taps]


def _live(school: DecidedSchool, seed: int) -> None:
    """Let a morning happen in a random order of arrivals, deliveries, claims, anchors and people."""
    draw = random.Random(seed)
    give_card(school.database, school.students[4], "old", revoked_at=after(-60))
    taps = [
        (draw.choice([school.front, school.back]), student, after(draw.uniform(-5, 16)), draw.random() < 0.2)
        for student in draw.sample(school.students, draw.randint(3, 6))
    ]
    acts: list[Callable[[], None]] = [school.front.anchor, school.back.anchor]
    for kiosk, student, at, is_old in taps:
        card = "old" if is_old and student == school.students[4] else "first"
        acts.append(partial(kiosk.tap, student, at, card))
    acts += [partial(_deliver, school, kiosk) for kiosk in (school.front, school.back)]
    acts.append(lambda: school.rule(draw.choice(school.students), draw.choice([Mark.PRESENT, Mark.ABSENT])))
    draw.shuffle(acts)
    for act in acts:
        act()
        school.clock.advance(draw.uniform(0, 300))
        school.settle()
        school.send()
    for kiosk in (school.front, school.back):
        kiosk.watch(after(-1), after(13))
        _deliver(school, kiosk)
        kiosk.claim(after(13), school.clock.now())
        school.settle()


def _deliver(school: DecidedSchool, kiosk: RecordedKiosk) -> None:
    kiosk.deliver(school.clock.now())


@pytest.mark.parametrize("seed", range(8))
def test_marks_and_taps_made_anew_are_those_made_live(school: DecidedSchool, seed: int) -> None:
    _live(school, seed)
    live = _stored(school)
    messages = {student: school.told(student) for student in school.students}

    with school.database.transaction() as session:
        session.execute(delete(AttendanceRecord))
        session.execute(delete(StudentTap))
        session.execute(delete(FollowerCursor).where(FollowerCursor.follower == FOLLOWER))
    follower = Follower(school.database, ZONE)
    while follower.step():
        pass
    with school.database.transaction() as session:
        settle_open(session, school.school.half_day_id, school.clock.now(), ZONE)

    assert _stored(school) == live
    assert {student: school.told(student) for student in school.students} == messages, "nobody is told twice"
    with school.database.reading() as session:
        assert len(set(session.scalars(select(Notification.key)))) == sum(map(len, messages.values()))
