"""Says in one sentence why a mark is what it is: the first thing that whoever opens a student's page wants to know."""

from collections.abc import Mapping
from datetime import datetime
from gettext import NullTranslations

from collector.dashboard.pages import Reader
from collector.models import AttendanceRecord, Mark, Reason, SchoolSession


def because(
    t: NullTranslations,
    record: AttendanceRecord | None,
    half_day: SchoolSession,
    gates: Mapping[int, str],
    now: datetime,
    reader: Reader,
) -> str:
    """Return the sentence; `gates` are names by id."""
    if record is None or record.reason == Reason.NOT_YET:
        return _not_yet(t, half_day, now, reader)
    override = record.evidence.get("override")
    if isinstance(override, dict):
        told = {"name": override.get("staff_name", ""), "reason": override.get("reason", "")}
        return t.gettext("%(name)s put this right: “%(reason)s”.") % told
    minutes = record.minutes_late or 0
    told = {
        "gate": gates.get(record.seen_gate_id or 0, ""),
        "time": reader.hms(record.seen_at),
        "late": reader.hm(half_day.late_after_at),
        "cutoff": reader.hm(half_day.cutoff_at),
        "minutes": minutes,
    }
    mark = Mark(record.mark)
    if mark is Mark.PRESENT:
        return _present(t, record, told)
    if mark is Mark.LATE:
        return _late(t, minutes) % told
    if mark is Mark.ABSENT:
        return t.gettext("Not seen at any gate by %(cutoff)s, and every gate could see and has told us all.") % told
    return _unknown(t, record, gates, reader)


def _not_yet(t: NullTranslations, half_day: SchoolSession, now: datetime, reader: Reader) -> str:
    told = {"opens": reader.hm(half_day.opens_at), "cutoff": reader.hm(half_day.cutoff_at)}
    if now < half_day.opens_at:
        return t.gettext("The gates open at %(opens)s.") % told
    return t.gettext("Not seen yet. Nobody is called absent before %(cutoff)s.") % told


def _late(t: NullTranslations, minutes: int) -> str:
    if minutes == 0:
        return t.gettext("Tapped at %(gate)s at %(time)s, less than a minute after %(late)s.")
    return t.ngettext(
        "Tapped at %(gate)s at %(time)s, %(minutes)s minute after %(late)s.",
        "Tapped at %(gate)s at %(time)s, %(minutes)s minutes after %(late)s.",
        minutes,
    )


def _present(t: NullTranslations, record: AttendanceRecord, told: Mapping[str, object]) -> str:
    if record.seen_at is None:
        return t.gettext("Seen at %(gate)s; at what moment is not known.") % told
    if not record.is_final:
        return t.gettext("Came to %(gate)s at %(time)s; whether that was the first tap is not known yet.") % told
    return t.gettext("Tapped at %(gate)s at %(time)s.") % told


def _unknown(t: NullTranslations, record: AttendanceRecord, gates: Mapping[int, str], reader: Reader) -> str:
    blamed, since = record.evidence.get("gates"), record.evidence.get("since")
    names = ", ".join(gates.get(gate, "?") for gate in blamed) if isinstance(blamed, list) else ""
    told = {"gates": names, "since": reader.hm(datetime.fromisoformat(since)) if isinstance(since, str) else ""}
    if record.reason == Reason.NOT_DELIVERED and names and told["since"]:
        return (
            t.gettext("Not seen so far, but %(gates)s has been silent since %(since)s and may have seen them.") % told
        )
    if record.reason == Reason.NOT_SIGHTED and names:
        return t.gettext("Not seen, but %(gates)s could not see all the time, so this proves nothing.") % told
    return reader.words.reason_sentence(Reason(record.reason or Reason.ASK))
