"""The school file (TOML) that an operator brings, and the form in which all text of such files is stored.

What is wrong with a file is said with its name and what to do, and nothing is stored then. A roster, which is CSV and
has lines, is read by `collector.roster.csvfile`.
"""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

import msgspec

from collector.errors import RosterError

_SPACES = "\t\n\r"


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


def read_school(path: Path) -> SchoolFile:
    """Read a school file; raise RosterError in one sentence."""
    try:
        school = msgspec.toml.decode(tidy(path.read_bytes().decode("utf-8")), type=SchoolFile)
    except OSError as error:
        raise RosterError(f"The school file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RosterError(f"The school file {path} is not UTF-8 text: save it as UTF-8.") from error
    except msgspec.DecodeError as error:
        raise RosterError(f"The school file {path} is wrong: {error}.") from error
    fault = _fault(school)
    if fault:
        raise RosterError(f"The school file {path} is wrong: {fault}.")
    return school


def tidy(text: str) -> str:
    """Return text as it is compared and stored: NFC, without byte order marks, zero-width and control characters."""
    kept = (letter for letter in text if letter in _SPACES or unicodedata.category(letter) not in {"Cf", "Cc"})
    return unicodedata.normalize("NFC", "".join(kept))


def _fault(school: SchoolFile) -> str | None:
    texts = [school.code, school.name_km, school.name_en, school.province_code]
    texts += [text for gate in school.gates for text in (gate.code, gate.name_km, gate.name_en)]
    texts += [text for group in school.classes for text in (group.name_km, group.name_en)]
    if not all(text.strip() for text in texts):
        return "a code or a name in it is empty"
    if twice := _double(gate.code for gate in school.gates):
        return f"there are two gates with the code {twice!r}"
    if twice := _double(name for group in school.classes for name in {group.name_en, group.name_km}):
        return f"there are two classes with the name {twice!r}"
    return None


def _double(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
