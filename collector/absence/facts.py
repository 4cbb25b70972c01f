"""Gathers the few facts a message to a guardian is made of; no more about a child leaves than these."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from collector.attendance.rules import Decided
from collector.attendance.schemas import Change
from collector.models import Declaration, Gate, Mark, Role, SchoolClass, SchoolSession, Student
from collector.notify.schemas import Facts, Source, Why
from collector.notify.service import Told


class Teller:
    """Makes the facts of the messages about one school session."""

    def __init__(self, session: Session, half_day: SchoolSession) -> None:
        self._session = session
        self._half_day = half_day

    def facts(self, change: Change, decided: Decided, told: Told | None) -> Facts:
        """Return the facts of a message; `told` is what a correction takes back."""
        student = self._session.get_one(Student, change.student_id)
        name_km, name_en = self._class_names(change, told)
        return Facts(
            mark=decided.mark,
            source=_source(decided),
            given_name_km=student.given_name_km,
            given_name_en=student.given_name_en,
            class_km=name_km,
            class_en=name_en,
            day=self._half_day.day,
            opens_at=self._half_day.opens_at,
            late_after_at=self._half_day.late_after_at,
            seen_at=decided.seen_at,
            minutes_late=decided.minutes_late,
            gates_working=self._gates_working(decided.evidence),
            why=_why(decided, told.decided_at) if told else None,
            told=told.facts.mark if told else None,
            takes_back=told.reference if told else None,
        )

    def _class_names(self, change: Change, told: Told | None) -> tuple[str, str]:
        """Return the class's names; one who is no longer expected keeps those of the message before."""
        if change.class_id is None:
            return (told.facts.class_km, told.facts.class_en) if told else ("", "")
        found = self._session.get_one(SchoolClass, change.class_id)
        return found.name_km, found.name_en

    def _gates_working(self, evidence: dict[str, object]) -> int:
        """Return how many gates worked, from the evidence; 0 unless it is all of them and none was declared closed."""
        gates = evidence.get("silence")
        if not isinstance(gates, dict) or self._was_closed():
            return 0
        are_working = all(_is_working(gate, self._half_day.cutoff_at) for gate in gates.values())
        return len(gates) if are_working else 0

    def _was_closed(self) -> bool:
        closed = exists().where(
            Declaration.gate_id == Gate.id,
            Gate.school_id == self._half_day.school_id,
            Declaration.withdrawn_at.is_(None),
            Declaration.starts_at < self._half_day.cutoff_at,
            Declaration.ends_at > self._half_day.opens_at,
        )
        return bool(self._session.scalar(select(closed)))


def _source(decided: Decided) -> Source:
    ruling = decided.evidence.get("override")
    if isinstance(ruling, dict):
        return Source.TEACHER if ruling.get("staff_role") == Role.TEACHER else Source.OFFICE
    return Source.TAP if "taps" in decided.evidence else Source.SILENCE


def _why(decided: Decided, told_at: datetime) -> Why:
    """Say why what was decided at `told_at` has to be taken back, from the evidence alone."""
    if "override" in decided.evidence:
        return Why.STAFF
    taps = decided.evidence.get("taps")
    if not isinstance(taps, list) or not taps:
        return Why.WRONG
    has_arrived = decided.mark in {Mark.PRESENT, Mark.LATE}
    if has_arrived and datetime.fromisoformat(taps[0]["earliest"]) > told_at:
        return Why.SINCE
    return Why.BELATED if datetime.fromisoformat(taps[0]["received"]) > told_at else Why.WRONG


def _is_working(gate: object, cutoff_at: datetime) -> bool:
    """Tell whether a gate was heard through the cutoff with nothing found against it."""
    if not isinstance(gate, dict) or gate.get("finding") != "NOTHING":
        return False
    heard = [moment for moments in gate.get("kiosks", {}).values() for moment in moments if moment]
    return any(datetime.fromisoformat(moment) >= cutoff_at for moment in heard)
