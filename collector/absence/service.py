"""Settles a school session: marks, decisions and the messages they owe, in one transaction under one lock.

Every writer of marks comes through here, so a sweep and a belated row cannot both have the last word.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from collector.absence import repository
from collector.absence.facts import Teller
from collector.absence.rules import Belief, Owed, Truth, is_decision, owed
from collector.attendance.rules import RULE_VERSION, Decided
from collector.attendance.schemas import Change
from collector.attendance.service import recompute_half_day
from collector.models import AbsenceDecision, Mark, NotificationKind, Reason, School, SchoolSession
from collector.notify import service as notify
from collector.notify.service import Told
from collector.schedule.service import local_day

_GONE = Decided(Mark.UNRECORDED, evidence={"expected": False})
"""What is said of a student who is no longer expected."""


def settle_dirty(session: Session, half_day_id: int, now: datetime, zone: ZoneInfo) -> bool:
    """Recompute the dirty pairs of a school session and take the decisions they owe; tell whether a mark changed."""
    half_day = repository.lock_half_day(session, half_day_id)
    if half_day is None:
        return False
    students = repository.take_dirty(session, half_day_id)
    return bool(students) and _settle(session, half_day, students, now, zone)


def settle_open(session: Session, half_day_id: int, now: datetime, zone: ZoneInfo) -> bool:
    """Recompute the dirty pairs and all that are not final, and take the decisions; tell whether a mark changed."""
    half_day = repository.lock_half_day(session, half_day_id)
    if half_day is None:
        return False
    dirty = repository.take_dirty(session, half_day_id)
    has_changed = bool(dirty) and _settle(session, half_day, dirty, now, zone)
    return _settle(session, half_day, None, now, zone) or has_changed


def _settle(
    session: Session, half_day: SchoolSession, students: Iterable[int] | None, now: datetime, zone: ZoneInfo
) -> bool:
    changes = recompute_half_day(session, half_day, students, now, zone)
    if changes:
        desk = _Desk(session, half_day, now, zone, Teller(session, half_day))
        in_force = repository.decisions_in_force(session, half_day.id)
        for change in changes:
            desk.take(change, in_force.get(change.student_id))
    return bool(changes)


@dataclass
class _Desk:
    """Where changes of marks become decisions and messages."""

    session: Session
    half_day: SchoolSession
    now: datetime
    zone: ZoneInfo
    teller: Teller

    def take(self, change: Change, current: AbsenceDecision | None) -> None:
        """Write the decision a change amounts to, if any, with the messages it owes."""
        decided = change.after or _GONE
        if not is_decision(_said(current) if current else None, _truth(decided)):
            return
        decision = self._decide(change, decided)
        if current is not None:
            current.superseded_at, current.superseded_by_id = self.now, decision.id
        notify.suppress(self.session, change.student_id, self.half_day.id)
        told = notify.told(self.session, change.student_id, self.half_day.id)
        contacts = {contact.id: contact.channel for contact in notify.contacts_of(self.session, change.student_id)}
        beliefs = [_belief(one) for one in told.values()]
        for message in owed(_truth(decided), beliefs, contacts, may_announce=self._may_announce(change)):
            self._enqueue(decision, change, decided, message, told.get(message.contact_id))
        self.session.flush()

    def _decide(self, change: Change, decided: Decided) -> AbsenceDecision:
        decision = AbsenceDecision(
            student_id=change.student_id,
            school_session_id=self.half_day.id,
            mark=decided.mark,
            evidence={**decided.evidence, "said": _to_json(_truth(decided))},
            rule_version=RULE_VERSION,
            decided_at=self.now,
        )
        self.session.add(decision)
        self.session.flush()
        return decision

    def _may_announce(self, change: Change) -> bool:
        """What first arises after its day, or from an enrolment recorded after the cutoff, is recorded and not sent."""
        is_its_day = local_day(self.now, self.zone) == self.half_day.day
        return is_its_day and change.enrolled_at is not None and change.enrolled_at <= self.half_day.cutoff_at

    def _enqueue(
        self, decision: AbsenceDecision, change: Change, decided: Decided, message: Owed, told: Told | None
    ) -> None:
        """A correction goes the way its notice went and never expires; a notice is worth nothing after its day."""
        is_correction = message.kind is NotificationKind.CORRECTION
        if is_correction and told is not None:
            is_preview = told.is_preview
        else:
            is_live = notify.is_live(self.session.get_one(School, self.half_day.school_id), self.now)
            is_preview = not is_live or message.contact_id in notify.previews_of(self.session, [message.contact_id])
        notify.enqueue(
            self.session,
            decision,
            message.contact_id,
            message.kind,
            self.teller.facts(change, decided, told if is_correction else None),
            is_preview=is_preview,
            corrects_id=message.corrects_id,
            expires_at=None if is_correction else self._end_of_day(),
        )

    def _end_of_day(self) -> datetime:
        return datetime.combine(self.half_day.day + timedelta(days=1), time(), self.zone).astimezone(UTC)


def _truth(decided: Decided) -> Truth:
    return Truth(decided.mark, decided.seen_at, decided.reason, decided.is_final)


def _belief(told: Told) -> Belief:
    return Belief(told.contact_id, told.notification_id, Truth(told.facts.mark, told.facts.seen_at), told.is_certain)


def _to_json(truth: Truth) -> dict[str, object]:
    seen = truth.seen_at.isoformat() if truth.seen_at else None
    return {"mark": truth.mark, "seen": seen, "reason": truth.reason, "is_final": truth.is_final}


def _said(decision: AbsenceDecision) -> Truth:
    said = decision.evidence["said"]
    if not isinstance(said, dict):
        raise TypeError(f"decision {decision.id} does not say what it says")
    seen = datetime.fromisoformat(said["seen"]) if said["seen"] else None
    return Truth(Mark(said["mark"]), seen, Reason(said["reason"]) if said["reason"] else None, bool(said["is_final"]))
