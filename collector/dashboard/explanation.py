"""Explains a student's mark in order of time: taps, decisions, what staff said, what guardians were told."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from collector.dashboard import messages
from collector.dashboard.because import because
from collector.dashboard.pages import Reader
from collector.dashboard.queries import EARLY
from collector.dashboard.schemas import BELATED, GuardianLine, Step, StudentHalfDay
from collector.i18n import translations
from collector.models import (
    AbsenceDecision,
    AttendanceRecord,
    Contact,
    Gate,
    Guardian,
    Guardianship,
    Mark,
    Notification,
    Override,
    SchoolSession,
    Shift,
    Staff,
    Student,
    StudentTap,
)

_POINT = timedelta(minutes=1)
"""A tap known within this is told as a moment."""


class Explainer:
    """Reads what is known of one student, in one reader's words."""

    def __init__(self, session: Session, student: Student, now: datetime, reader: Reader) -> None:
        self._session = session
        self._student = student
        self._now = now
        self._reader = reader
        self._t = translations(reader.language)
        gates = session.scalars(select(Gate).where(Gate.school_id == student.school_id))
        self._gates = {gate.id: reader.name(gate) for gate in gates}

    def half_day(self, half_day: SchoolSession) -> StudentHalfDay:
        """Return one school session with its explanation."""
        shift = self._session.get_one(Shift, half_day.shift_id)
        record = self._session.get(AttendanceRecord, (self._student.id, half_day.id))
        steps = [
            *self._taps(half_day),
            *self._overrides(half_day),
            *self._decisions(half_day),
            *self._notices(half_day),
        ]
        return StudentHalfDay(
            half_day_id=half_day.id,
            name_km=shift.name_km,
            name_en=shift.name_en,
            opens_at=half_day.opens_at,
            closes_at=half_day.closes_at,
            mark=Mark(record.mark) if record else Mark.UNDECIDED,
            because=because(self._t, record, half_day, self._gates, self._now, self._reader),
            steps=tuple(sorted(steps, key=lambda step: step.at)),
            is_overridden=record is not None and "override" in record.evidence,
        )

    def guardians(self) -> list[GuardianLine]:
        """Return the guardians with the way to each."""
        wanted = (
            select(Guardian.name, Guardianship.relation, Contact.channel)
            .join(Guardianship, Guardianship.guardian_id == Guardian.id)
            .outerjoin(
                Contact,
                (Contact.guardian_id == Guardian.id) & Contact.blocked_at.is_(None) & Contact.replaced_at.is_(None),
            )
            .where(Guardianship.student_id == self._student.id)
            .order_by(Guardian.id)
        )
        return [GuardianLine(*row) for row in self._session.execute(wanted)]

    def _taps(self, half_day: SchoolSession) -> Iterator[Step]:
        wanted = select(StudentTap).where(
            StudentTap.student_id == self._student.id,
            StudentTap.latest_at >= half_day.opens_at - EARLY,
            StudentTap.earliest_at <= half_day.closes_at,
        )
        for tap in self._session.scalars(wanted):
            gate = self._gates.get(tap.gate_id, tap.kiosk_id)
            yield Step(tap.earliest_at, "tap", self._tapped(tap, gate), detail=self._tap_detail(tap))

    def _tapped(self, tap: StudentTap, gate: str) -> str:
        told = {"gate": gate, "first": self._reader.hm(tap.earliest_at), "last": self._reader.hm(tap.latest_at)}
        if tap.is_revoked:
            return self._t.gettext("Showed an old card at %(gate)s.") % told
        if tap.latest_at - tap.earliest_at > _POINT:
            return self._t.gettext("Tapped at %(gate)s, some time between %(first)s and %(last)s.") % told
        return self._t.gettext("Tapped at %(gate)s.") % told

    def _tap_detail(self, tap: StudentTap) -> str:
        told = {"kiosk": tap.kiosk_id, "time": self._reader.hms(tap.received_at)}
        if tap.received_at - tap.latest_at > BELATED:
            return self._t.gettext("%(kiosk)s kept it and could tell us only at %(time)s.") % told
        return self._t.gettext("%(kiosk)s told us at %(time)s.") % told

    def _overrides(self, half_day: SchoolSession) -> Iterator[Step]:
        wanted = (
            select(Override, Staff.name)
            .join(Staff, Staff.id == Override.staff_id)
            .where(Override.student_id == self._student.id, Override.school_session_id == half_day.id)
        )
        for override, name in self._session.execute(wanted):
            told = {"name": name, "reason": override.reason}
            text = self._t.gettext("%(name)s put it right: “%(reason)s”.") % told
            is_struck = override.withdrawn_at is not None
            yield Step(override.recorded_at, "override", text, Mark(override.mark), is_struck=is_struck)
            if override.withdrawn_at is not None:
                yield Step(
                    override.withdrawn_at, "override", self._t.gettext("This was undone: the gates speak again.")
                )

    def _decisions(self, half_day: SchoolSession) -> Iterator[Step]:
        wanted = select(AbsenceDecision).where(
            AbsenceDecision.student_id == self._student.id, AbsenceDecision.school_session_id == half_day.id
        )
        for decision in self._session.scalars(wanted):
            is_struck = decision.superseded_at is not None
            yield Step(
                decision.decided_at,
                "decision",
                self._t.gettext("Decided:"),
                Mark(decision.mark),
                is_struck=is_struck,
                detail=self._superseded(decision) if is_struck else None,
            )

    def _superseded(self, decision: AbsenceDecision) -> str:
        return self._t.gettext("taken back at %(time)s") % {"time": self._reader.hms(decision.superseded_at)}

    def _notices(self, half_day: SchoolSession) -> Iterator[Step]:
        ids = set(
            self._session.scalars(
                select(Notification.id).where(
                    Notification.student_id == self._student.id, Notification.school_session_id == half_day.id
                )
            )
        )
        shown = messages.messages(
            self._session, self._student.school_id, self._reader.zone, student_id=self._student.id
        )
        words = self._reader.words
        for message in shown:
            if message.id in ids:
                state = words.notice_state(message.state, is_preview=message.is_preview)
                told = {"what": words.notice(message.kind), "name": message.guardian, "state": state}
                yield Step(
                    message.sent_at or message.created_at,
                    "notice",
                    self._t.gettext("%(what)s to %(name)s: %(state)s.") % told,
                    detail=message.text(self._reader.language),
                )
