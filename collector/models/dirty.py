"""Dirty marks: how every writer of an input tells attendance what to recompute, in its own transaction."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from collector.db import insert_into
from collector.models.attendance import DirtyMark

_TABLE = DirtyMark.metadata.tables["dirty_mark"]


def mark_dirty(session: Session, pairs: Iterable[tuple[int, int]]) -> None:
    """Mark (student id, school session id) pairs; keys are sorted so that two writers never wait for each other."""
    rows = [{"student_id": student, "school_session_id": half_day} for student, half_day in sorted(set(pairs))]
    if rows:
        session.execute(insert_into(session, _TABLE).on_conflict_do_nothing(), rows)
