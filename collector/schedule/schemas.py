"""The schedule file: shifts and closures as an operator writes them, checked before anything is stored."""

import unicodedata
from datetime import date, time
from pathlib import Path

import msgspec

from collector.errors import RosterError


class ShiftEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One shift in local time; without `classes` every class attends it."""

    name_km: str
    name_en: str
    opens: time
    late_after: time
    cutoff: time
    closes: time
    weekdays: str = "123456"
    classes: tuple[str, ...] = ()


class ClosureEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A date on which the school is closed."""

    day: date
    reason_km: str
    reason_en: str


class ScheduleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A school's schedule."""

    shifts: tuple[ShiftEntry, ...]
    closures: tuple[ClosureEntry, ...] = ()


def read_schedule(path: Path) -> ScheduleFile:
    """Read a schedule file; raise RosterError in one sentence."""
    try:
        text = unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig"))
        schedule = msgspec.toml.decode(text, type=ScheduleFile)
    except OSError as error:
        raise RosterError(f"The schedule file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RosterError(f"The schedule file {path} is not UTF-8 text: save it as UTF-8.") from error
    except msgspec.DecodeError as error:
        raise RosterError(f"The schedule file {path} is wrong: {error}.") from error
    fault = _fault(schedule)
    if fault:
        raise RosterError(f"The schedule file {path} is wrong: {fault}.")
    return schedule


def _fault(schedule: ScheduleFile) -> str | None:
    names: set[str] = set()
    for shift in schedule.shifts:
        if not shift.name_km.strip() or not shift.name_en.strip():
            return "a shift has an empty name"
        if shift.name_en in names:
            return f"there are two shifts with the name {shift.name_en!r}"
        names.add(shift.name_en)
        if not shift.opens < shift.late_after <= shift.cutoff <= shift.closes:
            return f"shift {shift.name_en!r} must have opens before late_after, then cutoff, then closes"
        if not shift.weekdays or not set(shift.weekdays) <= set("1234567"):
            return f"weekdays of shift {shift.name_en!r} are digits from 1 (Monday) to 7"
    return None
