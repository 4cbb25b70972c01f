"""A small school with two gates, cards, guardians and all the workers that decide, stepped by hand.

For tests of decisions from delivered rows to a recorded message. Nothing in it is faked but the carrier of messages.
"""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from collector.absence.service import settle_dirty
from collector.absence.sweep import Sweep
from collector.attendance.follower import Follower
from collector.attendance.service import override, withdraw_override
from collector.db import Database
from collector.models import AbsenceDecision, AttendanceRecord, Contact, Mark, Notification, Role, School, Staff
from collector.notify.channel import Accepted, Channel, Outcome
from collector.notify.preview import PreviewChannel
from collector.notify.rules import QuietHours
from collector.notify.worker import Dispatcher
from tests.simulation.manual_clock import ManualClock
from tests.simulation.recorded_kiosk import RecordedKiosk, after, give_card, give_guardian
from tests.simulation.small_school import LONG_AGO, SmallSchool, store_school

ZONE = ZoneInfo("Asia/Phnom_Penh")
QUIET = QuietHours(time(20), time(6), ZONE)


class RecordingChannel:
    """Remembers what it was asked to send and answers as it is told, else accepts."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.answers: list[Outcome] = []

    def send(self, address: str, text: str, reference: str) -> Outcome:
        """Take a message."""
        self.sent.append((address, text))
        return self.answers.pop(0) if self.answers else Accepted()


@dataclass
class DecidedSchool:
    """Six students in one class; each has a card and a guardian, but for what a test changes."""

    database: Database
    clock: ManualClock
    school: SmallSchool
    front: RecordedKiosk
    back: RecordedKiosk
    channel: RecordingChannel
    staff_id: int

    def __post_init__(self) -> None:
        self.follower = Follower(self.database, ZONE)
        self.sweep = Sweep(self.database, self.clock, ZONE)
        self.dispatcher = self.make_dispatcher()

    @property
    def students(self) -> tuple[int, ...]:
        """The ids of the students."""
        return self.school.student_ids

    def make_dispatcher(self) -> Dispatcher:
        """Return a dispatcher as a fresh process would have it."""
        channels: dict[str, Channel] = {"preview": PreviewChannel(), "telegram": self.channel}
        return Dispatcher(self.database, self.clock, channels, QUIET)

    def settle(self, at: datetime | None = None) -> None:
        """Let time pass until a moment, then let follower and sweep do all they can."""
        if at is not None:
            self.clock.advance((at - self.clock.now()).total_seconds())
        while self.follower.step() or self.sweep.step():
            pass

    def send(self) -> None:
        """Let the dispatcher send all that is due."""
        while self.dispatcher.step():
            self.clock.advance(2)

    def everyone_but(self, *absent: int) -> None:
        """Let all students but these tap at the front gate at 06:42."""
        for student in self.students:
            if student not in absent:
                self.front.tap(student, self.school.opens_at.replace(minute=42))

    def rule(self, student: int, mark: Mark, reason: str = "seen in class") -> None:
        """Put a mark right as the class teacher does it on the page."""
        now = self.clock.now()
        with self.database.transaction() as session:
            override(session, self.staff_id, student, self.school.half_day_id, mark, reason, now)
            settle_dirty(session, self.school.half_day_id, now, ZONE)

    def withdraw(self, student: int) -> None:
        """Take a teacher's mark back."""
        now = self.clock.now()
        with self.database.transaction() as session:
            withdraw_override(session, student, self.school.half_day_id, now)
            settle_dirty(session, self.school.half_day_id, now, ZONE)

    def record(self, student: int) -> AttendanceRecord:
        """Return a student's record."""
        with self.database.reading() as session:
            found = session.get_one(AttendanceRecord, (student, self.school.half_day_id))
            session.expunge(found)
            return found

    def marks(self) -> dict[int, tuple[str, str | None]]:
        """Return (mark, reason) of Monday morning by student."""
        with self.database.reading() as session:
            of_monday = AttendanceRecord.school_session_id == self.school.half_day_id
            found = session.scalars(select(AttendanceRecord).where(of_monday))
            return {one.student_id: (one.mark, one.reason) for one in found}

    def messages(self, student: int) -> list[Notification]:
        """Return all messages about a student, oldest first."""
        with self.database.reading() as session:
            wanted = select(Notification).where(Notification.student_id == student).order_by(Notification.id)
            found = list(session.scalars(wanted))
            session.expunge_all()
            return found

    def told(self, student: int) -> list[tuple[str, str]]:
        """Return (kind, state) of all messages about a student, oldest first."""
        return [(one.kind, one.state) for one in self.messages(student)]


def make_decided_school(database: Database, clock: ManualClock, students: int = 6) -> DecidedSchool:
    """Store a live school whose contacts are on Telegram."""
    school = store_school(database, gates=2, students=students)
    for student in school.student_ids:
        give_card(database, student)
        give_guardian(database, school, student, address=str(1000 + student), channel="telegram")
    with database.transaction() as session:
        session.get_one(School, school.school_id).live_since = LONG_AGO
        teacher = Staff(
            login_name="sophal",
            name="Chan Sophal",
            password_hash="-",
            role=Role.TEACHER,
            school_id=school.school_id,
            class_id=school.class_id,
        )
        session.add(teacher)
        session.flush()
        staff_id = teacher.id
    front, back = (RecordedKiosk(database, f"kiosk-{gate}", gate) for gate in school.gate_ids)
    return DecidedSchool(database, clock, school, front, back, RecordingChannel(), staff_id)


def block(database: Database, contact_id: int, at: datetime) -> None:
    """Let a guardian block our messages."""
    with database.transaction() as session:
        session.get_one(Contact, contact_id).blocked_at = at


def ready_for_a_belated_row(school: DecidedSchool, *, is_marked: bool) -> int:
    """Let a sweep be able to call a student absent whose belated row is about to arrive; others may be marked yet.

    The row waits at the front gate; return the student.
    """
    slow = school.students[0]
    school.everyone_but(slow)
    for kiosk in (school.front, school.back):
        kiosk.work_through(after(12.5))
    if is_marked:
        school.settle()
    while school.follower.step():
        pass
    school.clock.advance((after(12.6) - school.clock.now()).total_seconds())
    school.front.tap(slow, after(4))
    return slow


def assert_nothing_false_is_left(school: DecidedSchool, slow: int) -> None:
    """Demand that a student who came is PRESENT, and that every absence notice was kept back or put right once."""
    assert school.marks()[slow][0] == Mark.PRESENT
    assert school.told(slow) in ([], [("ABSENT", "SUPPRESSED")], [("ABSENT", "SENT"), ("CORRECTION", "SENT")])
    with school.database.reading() as session:
        standing = session.scalars(select(AbsenceDecision).where(AbsenceDecision.superseded_at.is_(None)))
        assert Mark.ABSENT not in {decision.mark for decision in standing}
