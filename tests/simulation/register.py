"""Counts what the collector and the kiosks have on their disks, straight from the files and not through their code."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

_MARKS = """
SELECT student.number, shift.name_en, record.mark, record.is_final FROM attendance_record record
JOIN student ON student.id = record.student_id
JOIN school_session half_day ON half_day.id = record.school_session_id
JOIN shift ON shift.id = half_day.shift_id
"""
_NOTICES = """
SELECT notice.id, student.number, shift.name_en, notice.kind, notice.state, notice.corrects_id FROM notification notice
JOIN student ON student.id = notice.student_id
JOIN school_session half_day ON half_day.id = notice.school_session_id
JOIN shift ON shift.id = half_day.shift_id
"""
_HALF_DAY = """
SELECT half_day.id FROM school_session half_day JOIN shift ON shift.id = half_day.shift_id WHERE shift.name_en = ?
"""
SHIFTS = ("Morning", "Afternoon")


class Notice(NamedTuple):
    """A notification as it stands in the collector's table."""

    id: int
    student: str
    shift: int
    kind: str
    state: str
    corrects_id: int | None


class Register:
    """The collector's database file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def marks(self) -> dict[tuple[str, int], str]:
        """Return (student number, shift) -> mark."""
        return {(number, SHIFTS.index(shift)): mark for number, shift, mark, _ in self._rows(_MARKS)}

    def decided(self, shift: int) -> Counter[str]:
        """Return how many marks of a shift are final, by mark."""
        wanted = SHIFTS[shift]
        return Counter(mark for _, name, mark, is_final in self._rows(_MARKS) if name == wanted and is_final)

    def notices(self) -> list[Notice]:
        """Return all notifications in the order they were made."""
        rows = self._rows(_NOTICES + " ORDER BY notice.id")
        return [Notice(key, number, SHIFTS.index(shift), *rest) for key, number, shift, *rest in rows]

    def stored(self) -> int:
        """Return how many check-ins are in the table."""
        return self._count("SELECT count(*) FROM check_in")

    def stored_once(self) -> int:
        """Return how many different (outbox, seq) there are among them."""
        return self._count("SELECT count(*) FROM (SELECT DISTINCT outbox_id, seq FROM check_in)")

    def school_id(self) -> int:
        """Return the school's id."""
        return self._count("SELECT min(id) FROM school")

    def ids_of(self, number: str, shift: int) -> tuple[int, int]:
        """Return student id and school session id."""
        student = self._rows("SELECT id FROM student WHERE number = ?", number)[0][0]
        half_day = self._rows(_HALF_DAY, SHIFTS[shift])[0][0]
        return int(student), int(half_day)

    def dirty(self) -> int:
        """Return how many pairs wait to be recomputed."""
        return self._count("SELECT count(*) FROM dirty_mark")

    def _count(self, query: str) -> int:
        return int(self._rows(query)[0][0])

    def _rows(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(query, values).fetchall()


def check_ins_on_disk(outbox: Path) -> int:
    """Return how many check-ins a kiosk's outbox file holds."""
    with closing(sqlite3.connect(f"file:{outbox}?mode=ro", uri=True, timeout=10)) as connection:
        return int(connection.execute("SELECT count(*) FROM row WHERE kind = 0").fetchone()[0])
