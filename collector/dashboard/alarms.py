"""Shows what a technician must look at, and takes a person's word that it is settled.

A school sees the alarms of its own kiosks; those of kiosks that no school knows are for the province's officers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations

from babel.dates import format_date
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from collector.auth.access import SignedIn
from collector.auth.service import school_in_scope
from collector.dashboard.alarm_words import explain
from collector.dashboard.diagnoses import Diagnosis
from collector.dashboard.pages import Reader
from collector.dashboard.params import PathId
from collector.db import Database
from collector.errors import Forbidden
from collector.fleet import alarms as fleet
from collector.fleet.alarms import OpenAlarm
from collector.i18n import translations
from collector.models import Alarm, Kiosk
from wire.clock import Clock

router = APIRouter()


@dataclass(frozen=True)
class AlarmLine:
    """One alarm on a page."""

    id: int
    gate: str
    """Empty for a kiosk that no school knows."""
    words: Diagnosis
    seen: str
    """Since when and how often."""


def of_school(session: Session, school_id: int, now: datetime, reader: Reader) -> list[AlarmLine]:
    """Return the alarms of a school's kiosks, the latest news first."""
    found = (each for each in fleet.open_alarms(session) if each.school is not None and each.school.id == school_id)
    return _lines(found, now, reader)


def of_strangers(session: Session, now: datetime, reader: Reader) -> list[AlarmLine]:
    """Return the alarms of kiosks that no school knows."""
    return _lines((each for each in fleet.open_alarms(session) if each.school is None), now, reader)


@router.post("/alarms/{alarm_id}/resolve")
def resolve(request: Request, principal: SignedIn, alarm_id: PathId) -> Response:
    """Settle an alarm in the name of the school's operator, or of an officer where no school knows the kiosk."""
    database: Database = request.app.state.database
    clock: Clock = request.app.state.clock
    with database.transaction() as session:
        school = fleet.open_alarm(session, alarm_id).school
        if school is not None:
            school_in_scope(session, principal, school.id)
        if not principal.may_resolve(school.id if school is not None else None):
            raise Forbidden("Only the school's operator can settle an alarm, or an officer that of an unknown kiosk.")
        fleet.resolve(session, alarm_id, principal.name, principal.staff_id, clock.now())
        return RedirectResponse(f"/schools/{school.id}" if school is not None else "/", 303)


def _lines(found: Iterable[OpenAlarm], now: datetime, reader: Reader) -> list[AlarmLine]:
    t = translations(reader.language)
    return [
        AlarmLine(
            id=alarm.id,
            gate=reader.name(gate) if gate is not None else "",
            words=explain(t, alarm.kind, alarm.kiosk_id, _seconds_off(kiosk), alarm.detail),
            seen=_seen(t, alarm, now, reader),
        )
        for alarm, kiosk, gate, _ in found
    ]


def _seconds_off(kiosk: Kiosk | None) -> float | None:
    off = kiosk.report.get("clock_off_seconds") if kiosk is not None else None
    return off if isinstance(off, int | float) else None


def _seen(t: NullTranslations, alarm: Alarm, now: datetime, reader: Reader) -> str:
    told = {"since": _at(alarm.raised_at, now, reader), "last": _at(alarm.last_at, now, reader), "num": alarm.times}
    if alarm.times == 1:
        return t.gettext("Once, %(since)s.") % told
    return (
        t.ngettext(
            "%(num)s time since %(since)s, last at %(last)s.",
            "%(num)s times since %(since)s, last at %(last)s.",
            alarm.times,
        )
        % told
    )


def _at(moment: datetime, now: datetime, reader: Reader) -> str:
    """Return a time, with its date when that is not today's."""
    local = moment.astimezone(reader.zone)
    if local.date() == now.astimezone(reader.zone).date():
        return reader.hm(moment)
    return f"{format_date(local.date(), 'd MMMM', locale=reader.language)} {reader.hm(moment)}"
