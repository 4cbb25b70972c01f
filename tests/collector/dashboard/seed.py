"""A plausible morning in a real database: 3 classes of 40, two gates, the second silent from 06:47 if one likes.

It writes what ingest and attendance would have written, then lets the real sweep and the real dispatcher do their work,
so that pages are seen as they are on such a day. Driven by time: `at("06:52")` lets the morning come to that minute.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from collector.absence.sweep import Sweep
from collector.auth.service import add_staff
from collector.db import Database
from collector.models import (
    Base,
    Contact,
    Enrolment,
    FollowerCursor,
    Gate,
    Guardian,
    Guardianship,
    IssuedCard,
    Kiosk,
    KioskClaim,
    LedgerCommit,
    LedgerRange,
    Outbox,
    Role,
    School,
    SchoolClass,
    SchoolSession,
    Shift,
    ShiftClass,
    Student,
    StudentTap,
    clock_anchor,
    mark_dirty,
    sight_span,
)
from collector.notify.preview import PreviewChannel
from collector.notify.rules import QuietHours
from collector.notify.worker import Dispatcher
from collector.schedule.service import ensure_sessions
from tests.simulation.manual_clock import ManualClock
from tests.simulation.school import CLASSES, GATES, Pupil, pupils
from wire.clock import to_ticks
from wire.messages import ClockQuality, Lane

ZONE = ZoneInfo("Asia/Phnom_Penh")
DAY = date(2027, 3, 15)
PASSWORD = "a-long-password"
_BOOT = b"boot-of-the-seed"
_BOOT_TICKS = 360_000
_STEP = timedelta(seconds=30)


def local(clock: str) -> datetime:
    """Return a local time of the day, e.g. 06:52 or 06:52:30, as aware UTC."""
    return datetime.combine(DAY, time.fromisoformat(clock), ZONE).astimezone(UTC)


@dataclass
class _Box:
    """What a gate's kiosk has delivered."""

    gate_id: int
    kiosk_id: str
    outbox_id: bytes
    seq: int = 0
    revision: int = 0
    told: datetime = field(default_factory=lambda: local("06:37"))


@dataclass(frozen=True)
class _Coming:
    """A child who will tap."""

    student_id: int
    gate: int
    at: datetime


class Morning:
    """A school whose morning is let come step by step."""

    def __init__(self, folder: Path, silent_from: str | None = "06:47:10", heard_again: str | None = None) -> None:
        self.database = Database(f"sqlite:///{folder / 'collector.sqlite'}")
        self.database.create_tables(Base.metadata)
        self.clock = ManualClock(local("06:37"), _BOOT_TICKS)
        self._silent_from = local(silent_from) if silent_from else None
        self._heard_again = local(heard_again) if heard_again else None
        self._sweep = Sweep(self.database, self.clock, ZONE)
        preview = PreviewChannel()
        quiet = QuietHours(time(20), time(6), ZONE)
        self._dispatcher = Dispatcher(self.database, self.clock, {"preview": preview}, quiet)
        with self.database.transaction() as session:
            self.school_id = _make_school(session)
            self.half_days = [each.id for each in ensure_sessions(session, self.school_id, DAY, ZONE)]
            self._boxes = [_make_box(session, gate.id, code) for gate, code in _gates(session, self.school_id)]
            self.coming = _who_comes(session, self.school_id)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def at(self, clock: str) -> None:
        """Let the morning come to a time: children tap, gates deliver, marks and messages follow."""
        goal = local(clock)
        while self.clock.now() < goal:
            step = min(_STEP, goal - self.clock.now())
            self.clock.advance(step.total_seconds())
            self._deliver(self.clock.now())
            self.settle()

    def settle(self) -> None:
        """Let sweep and dispatcher do what is due."""
        while self._sweep.step():
            pass
        while self._dispatcher.step():
            pass

    def unseen(self) -> int:
        """Return the id of a student of class 7A who does not tap in the morning."""
        comers = {each.student_id for each in self.coming if each.at < local("12:00")}
        return next(number for number in range(1, 41) if number not in comers)

    def _deliver(self, now: datetime) -> None:
        for place, box in enumerate(self._boxes):
            if place == 1 and self._is_silent(now):
                with self.database.transaction() as session:
                    session.execute(update(Kiosk).where(Kiosk.id == box.kiosk_id).values(is_online=False))
            else:
                self._hand_over(box, place, now)

    def _is_silent(self, now: datetime) -> bool:
        if self._silent_from is None or now < self._silent_from:
            return False
        return self._heard_again is None or now < self._heard_again

    def _hand_over(self, box: _Box, place: int, now: datetime) -> None:
        taps = [each for each in self.coming if each.gate == place and box.told < each.at <= now]
        with self.database.transaction() as session:
            first = box.seq + 1
            for tap in taps:
                box.seq += 1
                session.add(_tap(box, tap, now))
            box.seq += 1
            session.execute(insert(sight_span).values(_sight(box, box.told, now)))
            if box.revision == 0:
                box.seq += 1
                session.execute(insert(clock_anchor).values(_anchor(box, now)))
            _account(session, box, first, now)
            mark_dirty(session, [(tap.student_id, self._half_day_of(tap.at)) for tap in taps])
        box.told = now

    def _half_day_of(self, at: datetime) -> int:
        return self.half_days[0] if at < local("12:00") else self.half_days[1]


def _gates(session: Session, school_id: int) -> Iterable[tuple[Gate, str]]:
    for code, _, _ in GATES:
        gate = session.query(Gate).filter_by(school_id=school_id, code=code).one()
        yield gate, code


def _make_school(session: Session) -> int:
    school = School(code="140701", name_km="អនុវិទ្យាល័យកំពង់លាវ", name_en="Kampong Leav Lower Secondary", province_code="14")
    session.add(school)
    session.flush()
    for code, km, en in GATES:
        session.add(Gate(school_id=school.id, code=code, name_km=km, name_en=en))
    classes = {}
    for en, km, grade in CLASSES:
        classes[en] = SchoolClass(school_id=school.id, name_km=km, name_en=en, grade=grade)
        session.add(classes[en])
    session.flush()
    _make_shifts(session, school.id, [each.id for each in classes.values()])
    for pupil in pupils():
        _make_student(session, school.id, classes[pupil.class_name].id, pupil)
    first = classes[CLASSES[0][0]].id
    add_staff(session, "teacher", "Keo Sophea", PASSWORD, Role.TEACHER, school.id, first, "km")
    add_staff(session, "operator", "Chea Rithy", PASSWORD, Role.OPERATOR, school.id, None, "en")
    add_staff(session, "officer", "Prum Samnang", PASSWORD, Role.OFFICER, None, None, "en")
    return school.id


def _make_shifts(session: Session, school_id: int, classes: list[int]) -> None:
    for km, en, hour in (("វេនព្រឹក", "Morning", 6), ("វេនរសៀល", "Afternoon", 12)):
        shift = Shift(
            school_id=school_id,
            name_km=km,
            name_en=en,
            opens=time(hour, 40),
            late_after=time(hour, 48),
            cutoff=time(hour, 52),
            closes=time(hour, 55),
        )
        session.add(shift)
        session.flush()
        session.add_all(ShiftClass(shift_id=shift.id, class_id=class_id) for class_id in classes)


def _make_student(session: Session, school_id: int, class_id: int, pupil: Pupil) -> None:
    number, family, given = pupil.number, pupil.family, pupil.given
    student = Student(
        school_id=school_id,
        number=number,
        family_name_km=family[0],
        given_name_km=given[0],
        family_name_en=family[1],
        given_name_en=given[1],
        sex=pupil.sex,
    )
    guardian = Guardian(school_id=school_id, name=f"{family[1]} {'Sokha' if int(number) % 2 else 'Bopha'}")
    session.add_all([student, guardian])
    session.flush()
    early = local("00:10") - timedelta(days=30)
    language = "en" if int(number) % 4 == 0 else "km"
    session.add_all(
        [
            Enrolment(student_id=student.id, class_id=class_id, valid_from=date(2026, 11, 2), recorded_at=early),
            Guardianship(guardian_id=guardian.id, student_id=student.id, relation="mother"),
            Contact(guardian_id=guardian.id, channel="preview", address=f"preview-{number}", language=language),
            IssuedCard(
                student_id=student.id,
                tag=hashlib.blake2b(number.encode(), digest_size=8).digest(),
                sealed_number=b"sealed",
                issued_at=early,
                handed_over_at=early,
            ),
        ]
    )


def _make_box(session: Session, gate_id: int, code: str) -> _Box:
    early = local("00:10") - timedelta(days=30)
    kiosk_id = f"kl-{code}-1"
    outbox_id = hashlib.blake2b(code.encode(), digest_size=16).digest()
    session.add(Kiosk(id=kiosk_id, gate_id=gate_id, lane=int(Lane.IN), commissioned_at=early))
    session.flush()
    session.add(Outbox(id=outbox_id, kiosk_id=kiosk_id, first_heard_at=local("06:37")))
    session.flush()
    session.add(FollowerCursor(follower="attendance", outbox_id=outbox_id, revision=0))
    return _Box(gate_id, kiosk_id, outbox_id)


def _who_comes(session: Session, school_id: int) -> list[_Coming]:
    """Return who taps where and when: most by 06:46, six late, six never; the same again after noon."""
    students = [row[0] for row in session.query(Student.id).filter_by(school_id=school_id).order_by(Student.id)]
    found = []
    for shift, noon in enumerate((timedelta(), timedelta(hours=6))):
        for place, student_id in enumerate(students):
            turn = (place * 37 + shift * 11 + 50) % 120
            if turn >= 114:
                continue
            seconds = 20 + turn * 4.0 if turn < 107 else 490 + (turn - 107) * 17
            found.append(_Coming(student_id, place % 2, local("06:40") + noon + timedelta(seconds=seconds)))
    return found


def _ticks(moment: datetime) -> int:
    return to_ticks(moment) - to_ticks(local("05:25"))


def _row(box: _Box, at: datetime, received_at: datetime) -> dict[str, object]:
    return {
        "outbox_id": box.outbox_id,
        "seq": box.seq,
        "boot_id": _BOOT,
        "at_ticks": _ticks(at),
        "wall_offset": to_ticks(local("05:25")),
        "quality": int(ClockQuality.NTP),
        "received_at": received_at,
    }


def _tap(box: _Box, tap: _Coming, received_at: datetime) -> StudentTap:
    error = timedelta(milliseconds=20)
    return StudentTap(
        **_row(box, tap.at, received_at),
        student_id=tap.student_id,
        card_id=tap.student_id,
        kiosk_id=box.kiosk_id,
        gate_id=box.gate_id,
        lane=int(Lane.IN),
        is_revoked=False,
        earliest_at=tap.at - error,
        latest_at=tap.at + error,
    )


def _sight(box: _Box, start: datetime, end: datetime) -> dict[str, object]:
    return {**_row(box, end, end), "start_ticks": _ticks(start), "lane": int(Lane.IN)}


def _anchor(box: _Box, at: datetime) -> dict[str, object]:
    milliseconds = round(at.timestamp() * 1000)
    return {**_row(box, at, at), "utc_ms": milliseconds, "error_ms": 10, "source": int(ClockQuality.NTP)}


def _account(session: Session, box: _Box, first: int, now: datetime) -> None:
    """Advance the ledger, let attendance have read it, and take a heartbeat with its claim."""
    box.revision += 1
    session.merge(LedgerRange(outbox_id=box.outbox_id, first=1, last=box.seq, kind="held", boot_id=_BOOT))
    session.add(
        LedgerCommit(outbox_id=box.outbox_id, revision=box.revision, first=first, last=box.seq, received_at=now)
    )
    session.merge(FollowerCursor(follower="attendance", outbox_id=box.outbox_id, revision=box.revision))
    session.execute(update(Outbox).where(Outbox.id == box.outbox_id).values(revision=box.revision))
    session.execute(
        update(Kiosk)
        .where(Kiosk.id == box.kiosk_id)
        .values(is_online=True, heard_at=now, report={"backlog": 0, "sighted": True})
    )
    session.add(
        KioskClaim(
            outbox_id=box.outbox_id,
            boot_id=_BOOT,
            through_ticks=_ticks(now),
            wall_offset=to_ticks(local("05:25")),
            quality=int(ClockQuality.NTP),
            seq=box.seq,
            row_boot_id=_BOOT,
            is_ended=False,
            is_closed=False,
            received_at=now,
            clock_error_seconds=0.0,
        )
    )


def half_day(session: Session, half_day_id: int) -> SchoolSession:
    """Return a school session."""
    return session.get_one(SchoolSession, half_day_id)
