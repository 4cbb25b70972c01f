"""Reads what the fleet knows of a school's gates and keeps what a page needs of it, and no technician's word more."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from collector.dashboard.schemas import GatePicture, GateState
from collector.fleet.service import GateView, gate_views

_USUAL_DELAY = timedelta(minutes=4)
"""A gate that delivers within this is not called behind because a few rows are on their way."""


def gates_at(session: Session, school_id: int, day: date, now: datetime, zone: ZoneInfo) -> list[GatePicture]:
    """Return a school's gates on a local date as they are known now."""
    return [_picture(view, now) for view in gate_views(session, school_id, day, now, zone)]


def _picture(view: GateView, now: datetime) -> GatePicture:
    state = _state(view, now)
    return GatePicture(
        gate_id=view.gate_id,
        name_km=view.name_km,
        name_en=view.name_en,
        kiosks=tuple(kiosk.kiosk_id for kiosk in view.kiosks),
        state=state,
        since=_since(view, state),
        backlog=view.backlog,
        watermark=view.watermark,
        sight=view.sight,
        last_tap_at=view.last_tap_at,
    )


def _state(view: GateView, now: datetime) -> GateState:
    state = GateState(view.diagnosis.value)
    is_prompt = view.watermark is not None and now - view.watermark < _USUAL_DELAY
    return GateState.FINE if state is GateState.BEHIND and is_prompt else state


def _since(view: GateView, state: GateState) -> datetime | None:
    if state is GateState.BLIND and view.sight:
        return view.sight[-1][1]
    return view.since
