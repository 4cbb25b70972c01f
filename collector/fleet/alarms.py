"""What a technician must look at: one open alarm for each kiosk and kind, however often it is raised.

An alarm stays open until a person says that it is settled; what goes on after that is raised anew.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from collector.auth.service import audit
from collector.errors import NotFound
from collector.models import Alarm, Gate, Kiosk, School

log = logging.getLogger(__name__)


class OpenAlarm(NamedTuple):
    """An alarm that is not settled; a kiosk that nobody commissioned has no gate and no school."""

    alarm: Alarm
    kiosk: Kiosk | None
    gate: Gate | None
    school: School | None


def raise_alarm(session: Session, kind: str, kiosk_id: str | None, detail: str, now: datetime) -> None:
    """Raise an alarm, or count it again while it is not resolved; `detail` is a sentence for people."""
    known = session.scalar(
        select(Alarm).where(Alarm.kind == kind, Alarm.kiosk_id == kiosk_id, Alarm.resolved_at.is_(None))
    )
    if known is None:
        log.warning("Alarm %s of kiosk %r: %s", kind, kiosk_id, detail)
        session.add(Alarm(kind=kind, kiosk_id=kiosk_id, detail=detail, raised_at=now, last_at=now, times=1))
        session.flush()
    else:
        known.times += 1
        known.last_at, known.detail = now, detail


def open_alarms(session: Session) -> Sequence[OpenAlarm]:
    """Return all that is not settled, the latest news first."""
    return [OpenAlarm(*row) for row in session.execute(_open().order_by(Alarm.last_at.desc(), Alarm.id.desc()))]


def open_alarm(session: Session, alarm_id: int) -> OpenAlarm:
    """Return one that is not settled; raise NotFound when none is open under this id."""
    row = session.execute(_open().where(Alarm.id == alarm_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no open alarm {alarm_id}.")
    return OpenAlarm(*row)


def resolve(session: Session, alarm_id: int, by: str, staff_id: int | None, now: datetime) -> Alarm:
    """Settle an alarm in a person's name, which goes on record. Raise NotFound when none is open under this id."""
    alarm = open_alarm(session, alarm_id).alarm
    alarm.resolved_at = now
    audit(session, staff_id, "ALARM_RESOLVED", f"alarm {alarm_id} {alarm.kind} of kiosk {alarm.kiosk_id}: {by}", now)
    return alarm


def welcome(session: Session, kiosk_id: str, now: datetime) -> None:
    """Settle the alarms of a kiosk that was unknown until now."""
    of_stranger = (Alarm.kiosk_id == kiosk_id, Alarm.kind == "unknown_kiosk", Alarm.resolved_at.is_(None))
    session.execute(update(Alarm).where(*of_stranger).values(resolved_at=now))


def _open() -> Select[Alarm, Kiosk, Gate, School]:
    return (
        select(Alarm, Kiosk, Gate, School)
        .outerjoin(Kiosk, Kiosk.id == Alarm.kiosk_id)
        .outerjoin(Gate, Gate.id == Kiosk.gate_id)
        .outerjoin(School, School.id == Gate.school_id)
        .where(Alarm.resolved_at.is_(None))
    )
