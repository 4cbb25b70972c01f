"""Makes the picture of a school's day that the page, `/today` and the day's sentence share; it only reads."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from collector.attendance import repository
from collector.attendance.schemas import Blame, ClassToday, Counts, HalfDay, StudentToday, Today
from collector.models import AttendanceRecord, Gate, Mark, Reason, SchoolClass, SchoolSession, Shift, Student
from collector.schedule.service import expected, local_day, sessions_of


def today(session: Session, school_id: int, now: datetime, zone: ZoneInfo) -> Today:
    """Return the picture of the school session that runs; before it the next of the day, after the last the last."""
    half_days = sessions_of(session, school_id, local_day(now, zone))
    if not half_days:
        return Today(school_id, now, zone, None, gate_names=_gate_names(session, school_id))
    half_day = _current(half_days, now)
    classes = expected(session, half_day)
    records = {record.student_id: record for record in repository.records_of(session, half_day.id)}
    known = [records[student] for student in classes if student in records]
    return Today(
        school_id=school_id,
        now=now,
        zone=zone,
        half_day=_half_day(session, half_day),
        counts=_counts(_student(student, records.get(student)) for student in classes),
        blames=_blames(known, unheard=len(classes) - len(known)),
        gate_names=_gate_names(session, school_id),
        classes=_classes(session, classes, records),
    )


def _current(half_days: list[SchoolSession], now: datetime) -> SchoolSession:
    """Return the one that began last; a session is shown until the next one opens."""
    return max((half_day for half_day in half_days if half_day.opens_at <= now), key=_opens, default=half_days[0])


def _opens(half_day: SchoolSession) -> datetime:
    return half_day.opens_at


def _half_day(session: Session, half_day: SchoolSession) -> HalfDay:
    shift = session.get_one(Shift, half_day.shift_id)
    return HalfDay(
        id=half_day.id,
        day=half_day.day,
        name_km=shift.name_km,
        name_en=shift.name_en,
        opens_at=half_day.opens_at,
        late_after_at=half_day.late_after_at,
        cutoff_at=half_day.cutoff_at,
        closes_at=half_day.closes_at,
    )


def _student(student_id: int, record: AttendanceRecord | None) -> StudentToday:
    if record is None:
        return StudentToday(student_id, Mark.UNDECIDED, Reason.NOT_YET, None, None, is_final=False, is_overridden=False)
    return StudentToday(
        student_id,
        Mark(record.mark),
        Reason(record.reason) if record.reason else None,
        record.seen_at,
        record.minutes_late,
        record.is_final,
        is_overridden="override" in record.evidence,
    )


def _counts(students: Iterable[StudentToday]) -> Counts:
    found = Counter(student.mark for student in students)
    return Counts(
        expected=found.total(),
        present=found[Mark.PRESENT],
        late=found[Mark.LATE],
        absent=found[Mark.ABSENT],
        undecided=found[Mark.UNDECIDED],
        unrecorded=found[Mark.UNRECORDED],
    )


def _blames(records: Iterable[AttendanceRecord], unheard: int) -> tuple[Blame, ...]:
    """Group the undecided by why and by gate, the earliest moment of each; those without a record only wait."""
    groups: dict[tuple[Reason, tuple[int, ...]], list[tuple[int, datetime | None]]] = {}
    for record in records:
        if record.mark == Mark.UNDECIDED:
            reason, gates, since = _blame(record)
            groups.setdefault((reason, gates), []).append((record.class_id, since))
    if unheard:
        groups.setdefault((Reason.NOT_YET, ()), []).extend([(0, None)] * unheard)
    blames = [
        Blame(
            reason,
            len(found),
            gates,
            min((since for _, since in found if since), default=None),
            tuple(sorted({class_id for class_id, _ in found} - {0})),
        )
        for (reason, gates), found in groups.items()
    ]
    return tuple(sorted(blames, key=lambda blame: (-blame.count, blame.reason, blame.gate_ids)))


def _blame(record: AttendanceRecord) -> tuple[Reason, tuple[int, ...], datetime | None]:
    gates, since = record.evidence.get("gates"), record.evidence.get("since")
    return (
        Reason(record.reason or Reason.ASK),
        tuple(int(gate) for gate in gates) if isinstance(gates, list) else (),
        datetime.fromisoformat(since) if isinstance(since, str) else None,
    )


def _gate_names(session: Session, school_id: int) -> tuple[tuple[int, str, str], ...]:
    wanted = select(Gate.id, Gate.name_km, Gate.name_en).where(Gate.school_id == school_id).order_by(Gate.code)
    return tuple(session.execute(wanted))


def _classes(session: Session, classes: dict[int, int], records: dict[int, AttendanceRecord]) -> tuple[ClassToday, ...]:
    wanted = select(SchoolClass).where(SchoolClass.id.in_(set(classes.values())))
    found = sorted(session.scalars(wanted), key=lambda school_class: (school_class.grade, school_class.name_en))
    members: dict[int, list[StudentToday]] = {school_class.id: [] for school_class in found}
    for student_id in _in_register_order(session, classes):
        members[classes[student_id]].append(_student(student_id, records.get(student_id)))
    return tuple(
        ClassToday(
            school_class.id,
            school_class.name_km,
            school_class.name_en,
            tuple(members[school_class.id]),
            _counts(members[school_class.id]),
        )
        for school_class in found
    )


def _in_register_order(session: Session, students: Iterable[int]) -> list[int]:
    order = (Student.family_name_en, Student.given_name_en, Student.number, Student.id)
    return list(session.scalars(select(Student.id).where(Student.id.in_(list(students))).order_by(*order)))
