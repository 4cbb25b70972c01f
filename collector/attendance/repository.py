"""Reads everything a school session's marks are made of, at once, and writes the marks.

All inputs are read for the whole school session, because a class is counted before anyone in it is called absent.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from collector.attendance.rules import Decided, Ruling, Tap
from collector.models import (
    AttendanceRecord,
    Enrolment,
    Gate,
    IssuedCard,
    Mark,
    Override,
    Reason,
    SchoolSession,
    Staff,
    Student,
    StudentTap,
)
from collector.schedule.service import expected, sessions_of
from wire.messages import Lane


@dataclass(frozen=True, slots=True)
class Register:
    """What is stored about everybody expected in one school session; keys are student ids."""

    half_day: SchoolSession
    classes: dict[int, int]
    """Student id -> class id of all who are expected."""
    window_from: dict[int, datetime]
    taps: dict[int, tuple[Tap, ...]]
    rulings: dict[int, Ruling]
    card_holders: frozenset[int]
    enrolled_at: dict[int, datetime]
    records: dict[int, AttendanceRecord]


def read_register(session: Session, half_day: SchoolSession, zone: ZoneInfo) -> Register:
    """Read all inputs of a school session's marks, but for silence."""
    classes = expected(session, half_day)
    midnight = datetime.combine(half_day.day, time(), zone).astimezone(UTC)
    return Register(
        half_day=half_day,
        classes=classes,
        window_from=_windows(session, half_day, midnight, classes),
        taps=_taps(session, half_day, midnight),
        rulings=_rulings(session, half_day),
        card_holders=_card_holders(session, half_day),
        enrolled_at=_enrolled_at(session, half_day),
        records={record.student_id: record for record in records_of(session, half_day.id)},
    )


def records_of(session: Session, half_day_id: int) -> list[AttendanceRecord]:
    """Return the marks of a school session."""
    return list(session.scalars(select(AttendanceRecord).where(AttendanceRecord.school_session_id == half_day_id)))


def ruling_in_force(session: Session, student_id: int, half_day_id: int) -> Override | None:
    """Return the newest override of a pair that is not withdrawn."""
    wanted = select(Override).where(
        Override.student_id == student_id,
        Override.school_session_id == half_day_id,
        Override.withdrawn_at.is_(None),
    )
    return session.scalar(wanted.order_by(Override.id.desc()).limit(1))


def decided_of(record: AttendanceRecord) -> Decided:
    """Return what a stored record says."""
    return Decided(
        Mark(record.mark),
        Reason(record.reason) if record.reason else None,
        record.minutes_late,
        record.seen_at,
        record.seen_gate_id,
        record.is_final,
        record.evidence,
    )


def store(session: Session, register: Register, student_id: int, decided: Decided, now: datetime) -> None:
    """Write a mark over the one before it; `marked_at` moves only when something in it changed."""
    record = register.records.get(student_id) or AttendanceRecord(
        student_id=student_id, school_session_id=register.half_day.id
    )
    record.class_id = register.classes[student_id]
    record.mark, record.reason = decided.mark, decided.reason
    record.minutes_late, record.is_final = decided.minutes_late, decided.is_final
    record.seen_at, record.seen_gate_id = decided.seen_at, decided.seen_gate_id
    record.evidence, record.marked_at = decided.evidence, now
    register.records[student_id] = record
    session.add(record)


def _windows(
    session: Session, half_day: SchoolSession, midnight: datetime, classes: dict[int, int]
) -> dict[int, datetime]:
    """Return the end of each student's previous school session of that day, or local midnight."""
    windows = dict.fromkeys(classes, midnight)
    for earlier in sessions_of(session, half_day.school_id, half_day.day):
        if earlier.closes_at <= half_day.opens_at:
            for student_id in expected(session, earlier).keys() & windows.keys():
                windows[student_id] = max(windows[student_id], earlier.closes_at)
    return windows


def _taps(session: Session, half_day: SchoolSession, midnight: datetime) -> dict[int, tuple[Tap, ...]]:
    """Return the taps that touch the day up to `closes`; a card is judged by the register as it stands now."""
    wanted = (
        select(StudentTap, IssuedCard.revoked_at, Gate.school_id)
        .join(Student, Student.id == StudentTap.student_id)
        .join(IssuedCard, IssuedCard.id == StudentTap.card_id)
        .join(Gate, Gate.id == StudentTap.gate_id)
        .where(
            Student.school_id == half_day.school_id,
            StudentTap.latest_at > midnight,
            StudentTap.earliest_at <= half_day.closes_at,
        )
        .order_by(StudentTap.earliest_at, StudentTap.outbox_id, StudentTap.seq)
    )
    found: dict[int, list[Tap]] = defaultdict(list)
    for tap, revoked_at, school_id in session.execute(wanted):
        is_revoked = revoked_at is not None and revoked_at <= tap.latest_at
        found[tap.student_id].append(_tap(tap, is_revoked=is_revoked, is_own=school_id == half_day.school_id))
    return {student_id: tuple(taps) for student_id, taps in found.items()}


def _tap(tap: StudentTap, *, is_revoked: bool, is_own: bool) -> Tap:
    return Tap(tap.earliest_at, tap.latest_at, tap.gate_id, Lane(tap.lane), is_own, is_revoked, tap.received_at)


def _rulings(session: Session, half_day: SchoolSession) -> dict[int, Ruling]:
    wanted = (
        select(Override, Staff.name, Staff.role)
        .join(Staff, Staff.id == Override.staff_id)
        .where(Override.school_session_id == half_day.id, Override.withdrawn_at.is_(None))
        .order_by(Override.id)
    )
    return {row[0].student_id: _ruling(*row) for row in session.execute(wanted)}


def _ruling(override: Override, staff_name: str, staff_role: str) -> Ruling:
    facts: dict[str, object] = {
        "id": override.id,
        "staff_id": override.staff_id,
        "staff_name": staff_name,
        "staff_role": staff_role,
        "reason": override.reason,
        "recorded": override.recorded_at.isoformat(),
    }
    return Ruling(Mark(override.mark), facts)


def _card_holders(session: Session, half_day: SchoolSession) -> frozenset[int]:
    """Return who held an active card through the cutoff that was handed over, or seen at a gate, before `opens`."""
    was_seen = exists().where(StudentTap.card_id == IssuedCard.id, StudentTap.latest_at <= half_day.opens_at)
    wanted = (
        select(IssuedCard.student_id)
        .join(Student, Student.id == IssuedCard.student_id)
        .where(
            Student.school_id == half_day.school_id,
            or_(IssuedCard.revoked_at.is_(None), IssuedCard.revoked_at > half_day.cutoff_at),
            or_(IssuedCard.handed_over_at <= half_day.opens_at, was_seen),
        )
    )
    return frozenset(session.scalars(wanted))


def _enrolled_at(session: Session, half_day: SchoolSession) -> dict[int, datetime]:
    wanted = (
        select(Enrolment.student_id, Enrolment.recorded_at)
        .join(Student, Student.id == Enrolment.student_id)
        .where(Student.school_id == half_day.school_id, _holds_on(half_day))
        .order_by(Enrolment.recorded_at.desc())
    )
    return dict(session.execute(wanted).all())


def _holds_on(half_day: SchoolSession) -> ColumnElement[bool]:
    is_open = or_(Enrolment.valid_to.is_(None), Enrolment.valid_to > half_day.day)
    return (Enrolment.valid_from <= half_day.day) & is_open
