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

    def dirty(self) -> int:
        """Return how many pairs wait to be recomputed."""
        return self._count("SELECT count(*) FROM dirty_mark")

    def _count(self, query: str) -> int:
        return int(self._rows(query)[0][0])

    def _rows(self, query: str) -> list[tuple]:  # type: ignore[type-arg]
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(query).fetchall()
