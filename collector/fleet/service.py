"""Kiosks through their lives, and the question that every absence asks: is this silence real?"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from collector.errors import InvalidRequest, NotFound
from collector.fleet import alarms, completeness
from collector.fleet.alarms import raise_alarm
from collector.fleet.completeness import Silence
from collector.fleet.evidence import gather
from collector.fleet.reports import take_heartbeat, take_status
from collector.fleet.views import GateView, gate_views
from collector.models import Gate, Kiosk, Reason, SchoolSession, mark_dirty
from collector.schedule.service import expected
from wire.messages import Lane
from wire.topics import is_kiosk_id

__all__ = [
    "GateView",
    "Silence",
    "commission",
    "gate_views",
    "raise_alarm",
    "retire",
    "revoke",
    "silence",
    "take_heartbeat",
    "take_status",
    "uncovered_gates",
]


def commission(session: Session, kiosk_id: str, gate: Gate, lane: Lane, now: datetime) -> Kiosk:
    """Begin the life of a kiosk at a gate; the same call again changes nothing. Raise InvalidRequest otherwise."""
    if not is_kiosk_id(kiosk_id):
        raise InvalidRequest(f"{kiosk_id!r} is no kiosk id: it takes 3 to 32 of a-z, 0-9 and the hyphen.")
    known = session.get(Kiosk, kiosk_id)
    if known is None:
        known = Kiosk(id=kiosk_id, gate_id=gate.id, lane=int(lane), commissioned_at=now)
        session.add(known)
        session.flush()
        alarms.welcome(session, kiosk_id, now)
        _mark_school(session, known, now)
    elif (known.gate_id, known.lane) != (gate.id, int(lane)) or known.retired_at or known.revoked_at:
        raise InvalidRequest(f"The kiosk {kiosk_id} is commissioned elsewhere or ended: give this one another id.")
    return known


def retire(session: Session, kiosk_id: str, now: datetime) -> None:
    """End the life of a kiosk; what occurred before is still taken."""
    kiosk = _kiosk(session, kiosk_id)
    if kiosk.retired_at is None:
        kiosk.retired_at = now
        _mark_school(session, kiosk, now)


def revoke(session: Session, kiosk_id: str, now: datetime) -> None:
    """Trust a kiosk no more: what it sends from now on is quarantined."""
    kiosk = _kiosk(session, kiosk_id)
    if kiosk.revoked_at is None:
        kiosk.revoked_at = now
        _mark_school(session, kiosk, now)


def uncovered_gates(session: Session, school_id: int) -> list[str]:
    """Return the codes of the gates at which no kiosk stands."""
    stands = exists().where(Kiosk.gate_id == Gate.id, Kiosk.retired_at.is_(None), Kiosk.revoked_at.is_(None))
    return list(session.scalars(select(Gate.code).where(Gate.school_id == school_id, ~stands).order_by(Gate.code)))


def silence(
    session: Session,
    half_day: SchoolSession,
    student_gates: Collection[int] | None,
    until: datetime,
    lanes: Lane = Lane.IN,
    now: datetime | None = None,
) -> Silence:
    """Tell whether silence at these gates (None: all of the school) from `opens` through `until` is real.

    Sight counts in `lanes` and in BOTH. A moment that is still to come is never known; `now` only says so early.
    Costs some reads for each kiosk: ask once for each school session and set of gates.
    """
    gate_ids = student_gates if student_gates is not None else _gates_of(session, half_day.school_id)
    opens, cutoff = half_day.opens_at, half_day.cutoff_at
    rate = len(expected(session, half_day)) / max(1.0, (cutoff - opens).total_seconds())
    gates = gather(session, gate_ids, opens, {lanes, Lane.BOTH}, rate)
    found = completeness.silence(gates, opens, until)
    if found.is_real and now is not None and until > now:
        return Silence(is_real=False, reason=Reason.NOT_DELIVERED, gate_ids=tuple(sorted(gate_ids)))
    return found


def _mark_school(session: Session, kiosk: Kiosk, now: datetime) -> None:
    """Mark everybody whose silence this kiosk is part of from now on, or no more; what has closed stays as it is."""
    school_id = session.get_one(Gate, kiosk.gate_id).school_id
    to_come = select(SchoolSession).where(SchoolSession.school_id == school_id, SchoolSession.closes_at > now)
    for half_day in session.scalars(to_come):
        mark_dirty(session, [(student_id, half_day.id) for student_id in expected(session, half_day)])


def _gates_of(session: Session, school_id: int) -> list[int]:
    return list(session.scalars(select(Gate.id).where(Gate.school_id == school_id).order_by(Gate.id)))


def _kiosk(session: Session, kiosk_id: str) -> Kiosk:
    kiosk = session.get(Kiosk, kiosk_id)
    if kiosk is None:
        raise NotFound(f"There is no kiosk {kiosk_id}.")
    return kiosk
