"""What a technician must look at: one open alarm for each kiosk and kind, however often it is raised."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from collector.models import Alarm


def raise_alarm(session: Session, kind: str, kiosk_id: str | None, detail: str, now: datetime) -> None:
    """Raise an alarm, or count it again while it is not resolved; `detail` is a sentence for people."""
    known = session.scalar(
        select(Alarm).where(Alarm.kind == kind, Alarm.kiosk_id == kiosk_id, Alarm.resolved_at.is_(None))
    )
    if known is None:
        session.add(Alarm(kind=kind, kiosk_id=kiosk_id, detail=detail, raised_at=now, last_at=now, times=1))
        session.flush()
    else:
        known.times += 1
        known.last_at, known.detail = now, detail
