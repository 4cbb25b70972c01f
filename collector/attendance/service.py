"""Recomputes marks from all that is stored and takes what staff say of them.

A mark is never changed by increments. Who calls `recompute` holds the lock of the school session; telling guardians
is not attendance's: `absence` does that in the same transaction.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from collector.attendance import repository
from collector.attendance.day import today
from collector.attendance.repository import Register
from collector.attendance.rules import Decided, MarkInputs, decide, is_unseen, silence_needed
from collector.attendance.schemas import Change
from collector.attendance.silences import Silences
from collector.errors import InvalidRequest, NotFound
from collector.fleet.service import silence
from collector.models import Mark, Override, SchoolSession, mark_dirty
from collector.schedule.service import expected
from wire.messages import Lane

__all__ = ["override", "recompute", "recompute_half_day", "today", "withdraw_override"]

_RULED = (Mark.PRESENT, Mark.LATE, Mark.ABSENT)
_SHOWN_EVIDENCE = ("gates", "since", "override")


def recompute(session: Session, pairs: Iterable[tuple[int, int]], now: datetime, zone: ZoneInfo) -> list[Change]:
    """Recompute (student id, school session id) pairs; return what changed, in the order of the pairs."""
    by_half_day: dict[int, list[int]] = {}
    for student_id, half_day_id in sorted(set(pairs), key=lambda pair: (pair[1], pair[0])):
        by_half_day.setdefault(half_day_id, []).append(student_id)
    return [
        change
        for half_day_id, students in by_half_day.items()
        for change in recompute_half_day(session, session.get_one(SchoolSession, half_day_id), students, now, zone)
    ]


def recompute_half_day(
    session: Session, half_day: SchoolSession, students: Iterable[int] | None, now: datetime, zone: ZoneInfo
) -> list[Change]:
    """Recompute these students' marks, or without any those of all whose mark is not final; return what changed.

    After the cutoff their classmates are recomputed too: who is unseen counts for the whole class.
    """
    register = repository.read_register(session, half_day, zone)
    wanted = set(students) if students is not None else _open(register)
    if now >= half_day.cutoff_at:
        touched = {register.classes[student] for student in wanted & register.classes.keys()}
        wanted |= {student for student, class_id in register.classes.items() if class_id in touched}
    silences = Silences(lambda until: silence(session, half_day, None, until, Lane.IN, now))
    changes = list(_changes(session, register, sorted(wanted), silences, now))
    session.flush()
    return changes


def override(
    session: Session,
    staff_id: int,
    student_id: int,
    school_session_id: int,
    mark: Mark,
    reason: str,
    now: datetime,
) -> Override:
    """Put a mark right in a person's name; it rules at the next recompute. Raise NotFound or InvalidRequest."""
    half_day = session.get(SchoolSession, school_session_id)
    if half_day is None or student_id not in expected(session, half_day):
        raise NotFound("This student is not expected in this school session.")
    if mark not in _RULED:
        raise InvalidRequest(f"A mark can be put right to {', '.join(_RULED)}, not to {mark}.")
    if not reason.strip():
        raise InvalidRequest("Say in a few words why the mark is put right.")
    entry = Override(
        student_id=student_id,
        school_session_id=school_session_id,
        mark=mark,
        staff_id=staff_id,
        reason=reason.strip(),
        recorded_at=now,
    )
    session.add(entry)
    mark_dirty(session, [(student_id, school_session_id)])
    return entry


def withdraw_override(session: Session, student_id: int, school_session_id: int, now: datetime) -> None:
    """Take the override in force back; the one before it, or what the gates say, rules again. Raise NotFound."""
    entry = repository.ruling_in_force(session, student_id, school_session_id)
    if entry is None:
        raise NotFound("No mark of this student was put right in this school session.")
    entry.withdrawn_at = now
    mark_dirty(session, [(student_id, school_session_id)])


def _open(register: Register) -> set[int]:
    final = {student for student, record in register.records.items() if record.is_final}
    return (register.classes.keys() | register.records.keys()) - (final & register.classes.keys())


def _changes(
    session: Session, register: Register, students: Iterable[int], silences: Silences, now: datetime
) -> Iterator[Change]:
    sizes = Counter(register.classes.values())
    bare = {student: _inputs(register, student) for student in register.classes}
    unseen = Counter(register.classes[student] for student, inputs in bare.items() if is_unseen(inputs))
    for student in students:
        record = register.records.get(student)
        before = repository.decided_of(record) if record is not None else None
        class_id = register.classes.get(student)
        if class_id is None:
            after = None
            if record is not None:
                session.delete(record)
        else:
            counted = replace(bare[student], class_size=sizes[class_id], class_unseen=unseen[class_id])
            after = _decide(counted, silences, now)
            if record is None or _has_news(record.class_id, class_id, before, after):
                repository.store(session, register, student, after, now)
        if before != after:
            yield Change(student, register.half_day.id, class_id, before, after, register.enrolled_at.get(student))


def _decide(inputs: MarkInputs, silences: Silences, now: datetime) -> Decided:
    until = silence_needed(inputs, now)
    return decide(inputs if until is None else replace(inputs, silence=silences.through(until)), now)


def _has_news(old_class_id: int, class_id: int, before: Decided | None, after: Decided) -> bool:
    """Tell whether a record must be written again; evidence that merely moved on is not kept."""
    if old_class_id != class_id or before is None or before != after:
        return True
    return any(before.evidence.get(key) != after.evidence.get(key) for key in _SHOWN_EVIDENCE)


def _inputs(register: Register, student_id: int) -> MarkInputs:
    half_day = register.half_day
    return MarkInputs(
        window_from=register.window_from[student_id],
        opens_at=half_day.opens_at,
        late_after_at=half_day.late_after_at,
        cutoff_at=half_day.cutoff_at,
        closes_at=half_day.closes_at,
        taps=register.taps.get(student_id, ()),
        override=register.rulings.get(student_id),
        has_card=student_id in register.card_holders,
    )
