"""Reads a roster, because schools keep theirs in a spreadsheet and a bad line must be found by the one who typed it.

All faults of a file are said at once, each with its line, and nothing is stored then. Whether a class or a contact fits
what is already known is not asked here.
"""

import csv
import io
import re
from pathlib import Path
from typing import Any

import msgspec

from collector.errors import RosterError
from collector.roster.schemas import tidy

_SHOWN_FAULTS = 10
_LONGEST_CELL = 100
"""Characters; no card, page or message has room for more."""
_STUDENT = ("student_number", "family_name_km", "given_name_km", "family_name_en", "given_name_en", "sex", "class")
_GUARDIAN = ("guardian_name", "guardian_relation", "guardian_channel", "guardian_address", "guardian_language")
_CHANNELS = ("preview", "telegram")
_LANGUAGES = ("km", "en")
_CHAT_ID = re.compile(r"-?[0-9]{1,19}\Z")


class RosterRow(msgspec.Struct, frozen=True):
    """One line of a roster: a student and, if given, one guardian."""

    line: int
    student_number: str
    family_name_km: str
    given_name_km: str
    family_name_en: str
    given_name_en: str
    sex: str
    class_name: str
    guardian_name: str = ""
    guardian_relation: str = ""
    guardian_channel: str = ""
    guardian_address: str = ""
    guardian_language: str = ""

    @property
    def contact(self) -> tuple[str, str] | None:
        """Channel and address, if the line has any."""
        return (self.guardian_channel, self.guardian_address) if self.guardian_address else None


def read_roster(path: Path) -> list[RosterRow]:
    """Read a roster; raise RosterError that names every bad line, at most ten of them in full."""
    try:
        text = tidy(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise RosterError(f"The roster {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RosterError(f"The roster {path} is not UTF-8 text: save it as CSV UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        _check_columns(path, reader)
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise RosterError(
            f"The roster {path} cannot be read as CSV after line {reader.line_num} ({error}): "
            "look there for a quotation mark that is not closed."
        ) from error
    rows = [row for row in (_row(line, cells) for line, cells in lines) if any(msgspec.structs.astuple(row)[1:])]
    too_long = [f"line {line}: has more cells than there are columns" for line, cells in lines if _is_too_long(cells)]
    refuse(path, too_long + [fault for row in rows for fault in _faults(row)] + _doubles(rows) + _strangers(rows))
    if not rows:
        raise RosterError(f"The roster {path} has no students: below the line of columns it is empty.")
    return rows


def refuse(path: Path, faults: list[str]) -> None:
    """Raise RosterError when there are faults, with the first of them."""
    if not faults:
        return
    more = f"\n  and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
    listed = "\n  ".join(faults[:_SHOWN_FAULTS])
    raise RosterError(f"The roster {path} was not taken, nothing was changed:\n  {listed}{more}")


def _delimiter(text: str) -> str:
    """Return what parts the cells: a comma, or what a spreadsheet of another country writes in its place."""
    header = text.lstrip().partition("\n")[0]
    return max(",;\t", key=header.count)


def _check_columns(path: Path, reader: "csv.DictReader[str]") -> None:
    names = [_cell(name) for name in reader.fieldnames or ()]
    reader.fieldnames = names
    for name in _STUDENT:
        if name not in names:
            raise RosterError(f"The roster {path} lacks the column {name}: it needs {', '.join(_STUDENT)}.")
    for name in names:
        if name and name not in _STUDENT + _GUARDIAN:
            known = ", ".join(_STUDENT + _GUARDIAN)
            raise RosterError(f"The roster {path} has a column {name!r}: take it out, or name it one of {known}.")
        if name and names.count(name) > 1:
            raise RosterError(f"The roster {path} has the column {name} twice: take one out.")


def _cell(text: str | None) -> str:
    return " ".join((text or "").split())


def _is_too_long(cells: dict[str | None, Any]) -> bool:
    return any(_cell(cell) for cell in cells.get(None) or ())


def _row(line: int, cells: dict[str | None, Any]) -> RosterRow:
    values = {name: _cell(cells.get(name)) for name in _STUDENT + _GUARDIAN}
    values["class_name"] = values.pop("class")
    return RosterRow(line=line, **values)


def _faults(row: RosterRow) -> list[str]:
    cells = {name: getattr(row, "class_name" if name == "class" else name) for name in _STUDENT + _GUARDIAN}
    if long := [name for name, text in cells.items() if len(text) > _LONGEST_CELL]:
        return [
            f"line {row.line}: {name} has {len(cells[name])} characters, at most {_LONGEST_CELL} fit" for name in long
        ]
    needed = {name: cells[name] for name in _STUDENT}
    faults = [f"{name} is empty" for name, value in needed.items() if not value]
    if row.sex and row.sex not in {"F", "M"}:
        faults.append(f"sex is {row.sex!r}, it must be F or M")
    if row.guardian_address:
        faults += _contact_faults(row)
    return [f"line {row.line}: {fault}" for fault in faults]


def _contact_faults(row: RosterRow) -> list[str]:
    faults = []
    if row.guardian_channel not in _CHANNELS:
        faults.append(f"guardian_channel is {row.guardian_channel!r}, it must be preview or telegram")
    if row.guardian_channel == "telegram" and not _CHAT_ID.match(row.guardian_address):
        faults.append(f"guardian_address is {row.guardian_address!r}, but the id of a Telegram chat is a number")
    if row.guardian_language not in _LANGUAGES:
        faults.append(f"guardian_language is {row.guardian_language!r}, it must be km or en")
    if not row.guardian_name:
        faults.append("guardian_address is given but guardian_name is empty")
    return faults


def _doubles(rows: list[RosterRow]) -> list[str]:
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.student_number, row.line)
    return [
        f"line {row.line}: student_number {row.student_number} stands already in line {first[row.student_number]}"
        for row in rows
        if row.student_number and first[row.student_number] != row.line
    ]


def _strangers(rows: list[RosterRow]) -> list[str]:
    """Find one address under two names: a mistyped one would tell a stranger about a child."""
    first: dict[tuple[str, str], RosterRow] = {}
    for row in rows:
        if row.contact and row.guardian_name:
            first.setdefault(row.contact, row)
    return [
        f"line {row.line}: guardian_address {row.guardian_address} is that of another guardian_name in line "
        f"{first[row.contact].line}"
        for row in rows
        if row.contact in first and first[row.contact].guardian_name != row.guardian_name
    ]
