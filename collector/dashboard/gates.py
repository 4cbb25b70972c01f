"""Reads what the fleet knows of a school's gates and keeps what a page needs of it, and no technician's word more."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from collector.dashboard.schemas import GatePicture, GateState
from collector.fleet.service import GateView, gate_views

_PROMPT = timedelta(minutes=4)
"""A heartbeat comes every two minutes while students arrive: a gate that told us all until this long ago keeps up."""


def gates_at(
    session: Session,
    school_id: int,
    day: date,
    now: datetime,
    zone: ZoneInfo,
    *,
    is_on: bool,
    silences: Mapping[int, datetime],
) -> list[GatePicture]:
    """Return a school's gates on a local date as they are known now.

    `is_on` tells whether a school session runs, so that gates owe prompt news; `silences` says since when marks wait
    for a gate, so that the gate says the same moment as the sentence above it.
    """
    views = gate_views(session, school_id, day, now, zone)
    return [_picture(view, now, is_on=is_on, silent_since=silences.get(view.gate_id)) for view in views]


def _picture(view: GateView, now: datetime, *, is_on: bool, silent_since: datetime | None) -> GatePicture:
    state = _state(view, now, is_on=is_on)
    return GatePicture(
        gate_id=view.gate_id,
        name_km=view.name_km,
        name_en=view.name_en,
        kiosks=tuple(kiosk.kiosk_id for kiosk in view.kiosks),
        state=state,
        since=_since(view, state, silent_since),
        backlog=view.backlog,
        watermark=view.watermark,
        sight=view.sight,
        last_tap_at=view.last_tap_at,
    )


def _state(view: GateView, now: datetime, *, is_on: bool) -> GateState:
    """Return the fleet's diagnosis; a few rows on their way are no delay, and old news is one while students arrive."""
    state = GateState(view.diagnosis.value)
    if state not in (GateState.FINE, GateState.BEHIND):
        return state
    heard_at = max((kiosk.heard_at for kiosk in view.kiosks if kiosk.heard_at), default=now)
    is_prompt = view.watermark is not None and (now if is_on else heard_at) - view.watermark < _PROMPT
    is_behind = not is_prompt and (is_on or state is GateState.BEHIND)
    return GateState.BEHIND if is_behind else GateState.FINE


def _since(view: GateView, state: GateState, silent_since: datetime | None) -> datetime | None:
    if state is GateState.SILENT:
        return silent_since or view.since
    if state is GateState.BEHIND:
        return view.watermark
    if state is GateState.BLIND and view.sight:
        return view.sight[-1][1]
    return view.since
