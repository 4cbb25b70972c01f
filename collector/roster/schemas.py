"""The files an operator brings: a school file (TOML) and a roster (CSV), read and checked row by row.

What is wrong is said with file, line and what to do, for all rows at once, and nothing is stored then.
"""

import csv
import io
import unicodedata
from pathlib import Path

import msgspec

from collector.errors import RosterError

_SHOWN_FAULTS = 10
_REQUIRED = ("student_number", "family_name_km", "given_name_km", "family_name_en", "given_name_en", "sex", "class")
_OPTIONAL = ("guardian_name", "guardian_relation", "guardian_channel", "guardian_address", "guardian_language")
_CHANNELS = ("preview", "telegram")
_LANGUAGES = ("km", "en")
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0xFEFF])


class GateEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gate of the school."""

    code: str
    name_km: str
    name_en: str


class ClassEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A class of the school."""

    name_km: str
    name_en: str
    grade: int


class SchoolFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A school as it is set up."""

    code: str
    name_km: str
    name_en: str
    province_code: str
    gates: tuple[GateEntry, ...]
    classes: tuple[ClassEntry, ...]


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


def read_school(path: Path) -> SchoolFile:
    """Read a school file; raise RosterError in one sentence."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=SchoolFile)
    except OSError as error:
        raise RosterError(f"The school file {path} cannot be read: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise RosterError(f"The school file {path} is wrong: {error}.") from error


def read_roster(path: Path) -> list[RosterRow]:
    """Read a roster; raise RosterError that names every bad line, at most ten of them in full."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RosterError(f"The roster {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RosterError(f"The roster {path} is not UTF-8 text: save it as CSV UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [name for name in _REQUIRED if name not in (reader.fieldnames or ())]
        if missing:
            raise RosterError(f"The roster {path} lacks the column {missing[0]}: it needs {', '.join(_REQUIRED)}.")
        rows = [_row(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise RosterError(f"The roster {path} is no CSV at line {reader.line_num}: {error}.") from error
    refuse(path, [fault for row in rows for fault in _faults(row)] + _doubles(rows))
    return rows


def refuse(path: Path, faults: list[str]) -> None:
    """Raise RosterError when there are faults, with the first of them."""
    if not faults:
        return
    more = f" and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
    listed = "\n  ".join(faults[:_SHOWN_FAULTS])
    raise RosterError(f"The roster {path} was not taken, nothing was changed:\n  {listed}{more}")


def clean(text: str | None) -> str:
    """Return a cell as it is compared and stored: NFC, without zero-width characters and outer space."""
    return unicodedata.normalize("NFC", (text or "").translate(_INVISIBLE)).strip()


def _row(line: int, cells: dict[str, str | None]) -> RosterRow:
    values = {name: clean(cells.get(name)) for name in (*_REQUIRED, *_OPTIONAL)}
    values["class_name"] = values.pop("class")
    return RosterRow(line=line, **values)


def _faults(row: RosterRow) -> list[str]:
    faults = [
        f"line {row.line}: {name.removesuffix('_name') if name == 'class_name' else name} is empty"
        for name in (*_REQUIRED[:-1], "class_name")
        if not getattr(row, name)
    ]
    if row.sex and row.sex not in {"F", "M"}:
        faults.append(f"line {row.line}: sex is {row.sex!r}, it must be F or M")
    if row.guardian_address and row.guardian_channel not in _CHANNELS:
        faults.append(f"line {row.line}: guardian_channel is {row.guardian_channel!r}, it must be preview or telegram")
    if row.guardian_address and row.guardian_language not in _LANGUAGES:
        faults.append(f"line {row.line}: guardian_language is {row.guardian_language!r}, it must be km or en")
    if row.guardian_address and not row.guardian_name:
        faults.append(f"line {row.line}: guardian_address is given but guardian_name is empty")
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
