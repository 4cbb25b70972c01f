"""A school's gates as a page shows them: who is heard, what has arrived, who was watching, and what that means."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from collector.fleet.completeness import GateEvidence
from collector.fleet.evidence import gather
from collector.fleet.spans import Span, minus, union
from collector.models import Gate, Kiosk, SchoolSession, StudentTap
from wire.messages import Lane

_PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
_SILENT_AFTER = timedelta(minutes=12)
"""A kiosk sends a heartbeat every ten minutes at the least,"""
_SILENT_AFTER_AT_SCHOOL = timedelta(minutes=3)
"""and every two while students arrive: one missed, and a minute for the road."""


class Diagnosis(enum.StrEnum):
    """What is the matter with a gate; the first that holds."""

    UNCOVERED = "UNCOVERED"
    """There is no kiosk."""
    CLOSED = "CLOSED"
    """Declared, or shut down by the guard."""
    FAILED = "FAILED"
    """Declared: people pass unseen."""
    NEVER_HEARD = "NEVER_HEARD"
    SILENT = "SILENT"
    BLIND = "BLIND"
    BEHIND = "BEHIND"
    """It is heard and still has rows to deliver."""
    FINE = "FINE"


@dataclass(frozen=True, slots=True)
class KioskView:
    """One kiosk."""

    kiosk_id: str
    lane: Lane
    is_online: bool
    heard_at: datetime | None
    backlog: int | None
    is_sighted: bool | None
    delivered_through: datetime | None
    """Its watermark: all that occurred by then has arrived."""


@dataclass(frozen=True, slots=True)
class GateView:
    """One gate on one day."""

    gate_id: int
    code: str
    name_km: str
    name_en: str
    kiosks: tuple[KioskView, ...]
    watermark: datetime | None
    """The earliest of its kiosks'; None when one of them has delivered nothing today."""
    sight: tuple[Span, ...]
    """Spans of the day in which somebody surely watched, in any lane."""
    gaps: tuple[Span, ...]
    """Spans of the school sessions so far in which nobody is known to have watched."""
    last_tap_at: datetime | None
    check_ins: int
    diagnosis: Diagnosis
    since: datetime | None
    """Since when, where that means something."""

    @property
    def backlog(self) -> int:
        """Rows its kiosks said they still have to deliver."""
        return sum(kiosk.backlog or 0 for kiosk in self.kiosks)

    @property
    def is_online(self) -> bool:
        """Tell whether all of its kiosks are connected."""
        return bool(self.kiosks) and all(kiosk.is_online for kiosk in self.kiosks)


def gate_views(
    session: Session, school_id: int, day: date, now: datetime, zone: tzinfo = _PHNOM_PENH
) -> list[GateView]:
    """Return a school's gates on a local date, in the order of their codes."""
    begin = datetime.combine(day, time(), zone).astimezone(now.tzinfo)
    gates = list(session.scalars(select(Gate).where(Gate.school_id == school_id).order_by(Gate.code)))
    found = {one.gate_id: one for one in gather(session, [gate.id for gate in gates], begin, set(Lane), 0.0)}
    kiosks = session.scalars(
        select(Kiosk).where(Kiosk.gate_id.in_(found), Kiosk.retired_at.is_(None), Kiosk.revoked_at.is_(None))
    )
    of_gate: dict[int, list[Kiosk]] = {gate.id: [] for gate in gates}
    for kiosk in kiosks:
        of_gate[kiosk.gate_id].append(kiosk)
    half_days = _half_days(session, school_id, day)
    owed = union((half_day.opens_at, min(half_day.cutoff_at, now)) for half_day in half_days)
    heard_since = now - _patience(half_days, now)
    taps = _taps(session, list(found), begin)
    return [
        _view(gate, of_gate[gate.id], found[gate.id], owed, taps.get(gate.id, (0, None)), now, heard_since)
        for gate in gates
    ]


def _view(
    gate: Gate,
    kiosks: Sequence[Kiosk],
    evidence: GateEvidence,
    owed: list[Span],
    taps: tuple[int, datetime | None],
    now: datetime,
    heard_since: datetime,
) -> GateView:
    views = tuple(_kiosk_view(kiosk, evidence) for kiosk in kiosks)
    sight = union(span for kiosk in evidence.kiosks for span in kiosk.sight)
    gaps = minus(owed, [*sight, *evidence.closed])
    marks = [view.delivered_through for view in views]
    known = [mark for mark in marks if mark is not None]
    diagnosis, since = _diagnose(views, evidence, now, heard_since)
    return GateView(
        gate.id, gate.code, gate.name_km, gate.name_en, views,
        min(known) if known and len(known) == len(marks) else None,
        tuple(sight), tuple(gaps), taps[1], taps[0], diagnosis, since,
    )  # fmt: skip


def _kiosk_view(kiosk: Kiosk, evidence: GateEvidence) -> KioskView:
    own = next((one for one in evidence.kiosks if one.kiosk_id == kiosk.id), None)
    marks = [box.delivered_through for box in own.outboxes if not box.is_ended] if own else []
    known = [mark for mark in marks if mark is not None]
    backlog, sighted = kiosk.report.get("backlog"), kiosk.report.get("sighted")
    return KioskView(
        kiosk.id,
        Lane(kiosk.lane),
        kiosk.is_online,
        kiosk.heard_at,
        backlog if isinstance(backlog, int) else None,
        sighted if isinstance(sighted, bool) else None,
        min(known) if known and len(known) == len(marks) else None,
    )


def _diagnose(
    views: Sequence[KioskView], evidence: GateEvidence, now: datetime, heard_since: datetime
) -> tuple[Diagnosis, datetime | None]:
    declared = _declared(evidence, now)
    if declared is not None:
        return declared
    if not views:
        return Diagnosis.UNCOVERED, None
    silent = [
        view.heard_at for view in views if view.heard_at and not (view.is_online and view.heard_at >= heard_since)
    ]
    states = {
        Diagnosis.NEVER_HEARD: any(view.heard_at is None for view in views),
        Diagnosis.SILENT: bool(silent),
        Diagnosis.BLIND: any(view.is_sighted is False for view in views),
        Diagnosis.BEHIND: any((view.backlog or 0) > 0 for view in views),
    }
    found = next((state for state, holds in states.items() if holds), Diagnosis.FINE)
    return found, min(silent) if found == Diagnosis.SILENT else None


def _declared(evidence: GateEvidence, now: datetime) -> tuple[Diagnosis, datetime] | None:
    """Return what people say of the gate now, the guard's shutdown button included."""
    for kind, spans in ((Diagnosis.FAILED, evidence.failed), (Diagnosis.CLOSED, evidence.closed)):
        current = [start for start, end in spans if start <= now < end]
        if current:
            return kind, min(current)
    closings = [kiosk.closed_from for kiosk in evidence.kiosks if kiosk.closed_from is not None]
    if closings and len(closings) == len(evidence.kiosks):
        return Diagnosis.CLOSED, max(closings)
    return None


def _patience(half_days: Sequence[SchoolSession], now: datetime) -> timedelta:
    """Return for how long a kiosk may be quiet; the first minutes of a school session follow a slower time."""
    is_at_school = any(
        half_day.opens_at + _SILENT_AFTER_AT_SCHOOL <= now <= half_day.closes_at for half_day in half_days
    )
    return _SILENT_AFTER_AT_SCHOOL if is_at_school else _SILENT_AFTER


def _half_days(session: Session, school_id: int, day: date) -> list[SchoolSession]:
    wanted = select(SchoolSession).where(SchoolSession.school_id == school_id, SchoolSession.day == day)
    return list(session.scalars(wanted))


def _taps(session: Session, gate_ids: list[int], begin: datetime) -> dict[int, tuple[int, datetime | None]]:
    wanted = (
        select(StudentTap.gate_id, func.count(), func.max(StudentTap.latest_at))
        .where(
            StudentTap.gate_id.in_(gate_ids),
            StudentTap.latest_at >= begin,
            StudentTap.latest_at < begin + timedelta(days=1),
        )
        .group_by(StudentTap.gate_id)
    )
    return {gate_id: (count, last) for gate_id, count, last in session.execute(wanted)}
