"""A schedule file as an operator writes it."""

from datetime import date, time
from pathlib import Path

import pytest

from collector.errors import RosterError
from collector.schedule.schemas import ScheduleFile, read_schedule

SHIFT = """\
[[shifts]]
name_km = "ព្រឹក"
name_en = "Morning"
opens = 06:40:00
late_after = 06:48:00
cutoff = 06:52:00
closes = 06:55:00
"""


def read(folder: Path, text: str, encoding: str = "utf-8") -> ScheduleFile:
    path = folder / "schedule.toml"
    path.write_bytes(text.encode(encoding))
    return read_schedule(path)


def test_a_schedule_has_shifts_and_closed_days(tmp_path: Path) -> None:
    closed = '[[closures]]\nday = 2025-01-07\nreason_km = "ជ័យជម្នះ"\nreason_en = "Victory Day"\n'

    schedule = read(tmp_path, SHIFT + closed, "utf-8-sig")

    assert (schedule.shifts[0].opens, schedule.shifts[0].weekdays) == (time(6, 40), "123456")
    assert schedule.closures[0].day == date(2025, 1, 7)


@pytest.mark.parametrize(
    ("said", "meant", "told"),
    [
        (
            "late_after = 06:48:00",
            "late_after = 06:40:00",
            "must have opens before late_after, then cutoff, then closes",
        ),
        ("cutoff = 06:52:00", "cutoff = 06:47:00", "must have opens before late_after, then cutoff, then closes"),
        ("closes = 06:55:00", "closes = 06:51:00", "must have opens before late_after, then cutoff, then closes"),
        ("closes = 06:55:00", 'closes = 06:55:00\nweekdays = "Mon"', "weekdays of shift 'Morning' are digits from 1"),
        ("closes = 06:55:00", 'closes = 06:55:00\nweekdays = ""', "weekdays of shift 'Morning' are digits from 1"),
        ("closes = 06:55:00", "closes = 2025-01-06T06:55:00", "Expected"),
        ("closes = 06:55:00", 'closes = "06:55:00+07:00"', "Expected `time`, got `str`"),
        ("closes = 06:55:00", "closed = 06:55:00", "unknown field `closed`|missing required field `closes`"),
        ('name_en = "Morning"', 'name_en = " "', "a shift has an empty name"),
        ("[[shifts]]", "[[shifts]", "is wrong"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(tmp_path: Path, said: str, meant: str, told: str) -> None:
    with pytest.raises(RosterError, match=told):
        read(tmp_path, SHIFT.replace(said, meant))


def test_two_shifts_have_two_names(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="two shifts with the name 'Morning'"):
        read(tmp_path, SHIFT + SHIFT)


def test_a_file_that_is_no_text_or_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="is not UTF-8 text"):
        read(tmp_path, SHIFT, "utf-16")
    with pytest.raises(RosterError, match="cannot be read: No such file"):
        read_schedule(tmp_path / "none.toml")
