"""The schedule file: shifts and closures as an operator writes them, checked before anything is stored."""

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
        schedule = msgspec.toml.decode(path.read_bytes(), type=ScheduleFile)
    except OSError as error:
        raise RosterError(f"The schedule file {path} cannot be read: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise RosterError(f"The schedule file {path} is wrong: {error}.") from error
    for shift in schedule.shifts:
        _check(shift, path)
    return schedule


def _check(shift: ShiftEntry, path: Path) -> None:
    if not shift.opens < shift.late_after <= shift.cutoff <= shift.closes:
        raise RosterError(
            f"The schedule file {path} is wrong: shift {shift.name_en!r} must have opens before late_after, "
            "then cutoff, then closes."
        )
    if not shift.weekdays or not set(shift.weekdays) <= set("1234567"):
        raise RosterError(
            f"The schedule file {path} is wrong: weekdays of shift {shift.name_en!r} are digits from 1 (Monday) to 7."
        )
