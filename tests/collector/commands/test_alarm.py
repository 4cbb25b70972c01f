"""Alarms at the terminal: listed with where, since when and how often, and settled in a person's name."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from collector.db import Database
from collector.fleet.service import raise_alarm
from tests.simulation import school
from tests.simulation.manual_clock import MONDAY_0640

Type = Callable[..., Result]
IN_SCHOOL = ("--school", school.CODE)


@pytest.fixture
def alarmed(at_school: Type, folder: Path) -> Type:
    """As `at_school`, with a wrong clock at the front gate and a kiosk that nobody knows."""
    at_school("kiosk", "commission", "kl-front-1", "--gate", "front", *IN_SCHOOL)
    database = Database(f"sqlite:///{folder / 'collector.sqlite'}")
    with database.transaction() as session:
        for minutes in (0, 2):
            at = MONDAY_0640 + timedelta(minutes=minutes)
            raise_alarm(session, "clock_off", "kl-front-1", "Its clock is 95 s ahead.", at)
        raise_alarm(session, "unknown_kiosk", "kl-back-1", "A message came, but from whom?", MONDAY_0640)
    database.close()
    return at_school


def test_alarms_are_listed_the_latest_first(alarmed: Type) -> None:
    often = "2 times since 2025-01-06 06:40, last 2025-01-06 06:42"
    assert alarmed("alarm", "list").stdout.splitlines() == [
        f"   1 clock_off      kl-front-1 (school {school.CODE}, gate front): {often}. Its clock is 95 s ahead.",
        "   2 unknown_kiosk  kl-back-1 (at no school): once, 2025-01-06 06:40. A message came, but from whom?",
    ]


def test_an_alarm_is_settled_by_name_and_only_once(alarmed: Type, folder: Path) -> None:
    done = alarmed("alarm", "resolve", "1", "--by", "Sok Dara")
    again = alarmed("alarm", "resolve", "1", "--by", "Sok Dara")

    assert done.stdout == "Alarm 1 (clock_off of kl-front-1) is settled.\n"
    assert (again.exit_code, again.stderr) == (2, "There is no open alarm 1.\n")
    assert "clock_off" not in alarmed("alarm", "list").stdout
    with closing(sqlite3.connect(folder / "collector.sqlite")) as connection:
        told = connection.execute("SELECT subject FROM audit_entry WHERE act = 'ALARM_RESOLVED'").fetchall()
    assert told == [("alarm 1 clock_off of kiosk kl-front-1: Sok Dara",)]


def test_nobody_settles_an_alarm_without_a_name(alarmed: Type) -> None:
    done = alarmed("alarm", "resolve", "1", "--by", " ")

    assert (done.exit_code, done.stderr) == (2, "Say with --by who settles the alarm.\n")


def test_a_kiosk_that_is_commissioned_at_last_is_unknown_no_more(alarmed: Type) -> None:
    alarmed("kiosk", "commission", "kl-back-1", "--gate", "back", *IN_SCHOOL)
    alarmed("alarm", "resolve", "1", "--by", "Sok Dara")

    assert alarmed("alarm", "list").stdout == "There is no open alarm.\n"
