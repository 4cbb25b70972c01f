"""A school is set up from files; what is wrong is one sentence and changes nothing."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from collector.__main__ import app
from tests.simulation import school

Type = Callable[..., Result]
IN_SCHOOL = ("--school", school.CODE)


def count(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "collector.sqlite")) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own word


def test_a_school_is_set_up_by_three_files(at_school: Type, folder: Path, tmp_path: Path) -> None:
    assert (count(folder, "student"), count(folder, "gate"), count(folder, "shift")) == (120, 2, 2)

    again = at_school("school", "roster", tmp_path / "roster.csv", *IN_SCHOOL)

    assert again.stdout == "0 new, 0 moved, 0 changed, 120 unchanged.\n"


def test_classes_that_nobody_is_expected_in_are_told(typed: Type, tmp_path: Path) -> None:
    school.write_files(tmp_path)

    done = typed("school", "load", tmp_path / "school.toml")

    assert "Nobody is expected yet in 7A, 7B, 8A: load a schedule that has these classes." in done.stdout
    assert "expected" not in typed("school", "schedule", tmp_path / "schedule.toml", *IN_SCHOOL).stdout


def test_gates_without_a_kiosk_are_told_until_they_have_one(typed: Type, tmp_path: Path) -> None:
    school.write_files(tmp_path)
    load = ("school", "load", tmp_path / "school.toml")
    told = "No kiosk stands yet at {}: while a gate has none, everyone unseen stays undecided.\n"

    assert typed(*load).stdout.endswith(told.format("back, front"))
    typed("kiosk", "commission", "kl-front-1", "--gate", "front", *IN_SCHOOL)
    assert typed(*load).stdout.endswith(told.format("back"))
    typed("kiosk", "commission", "kl-back-1", "--gate", "back", *IN_SCHOOL)
    assert "No kiosk" not in typed(*load).stdout
    typed("kiosk", "retire", "kl-back-1")
    assert typed(*load).stdout.endswith(told.format("back"))


def test_a_school_goes_live_and_back(at_school: Type) -> None:
    assert at_school("school", "live", *IN_SCHOOL).stdout == f"School {school.CODE} is live.\n"
    assert at_school("school", "live", *IN_SCHOOL, "--off").stdout == f"School {school.CODE} is in shadow days.\n"


def test_a_bad_row_keeps_a_roster_out(at_school: Type, folder: Path, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    lines = roster.read_text(encoding="utf-8").splitlines()
    lines[5] = lines[5].replace(",7A,", ",9Z,")
    roster.write_text("\n".join([*lines, lines[1].replace("0001", "0999", 1)]), encoding="utf-8")

    done = at_school("school", "roster", roster, *IN_SCHOOL)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "line 6: class '9Z' is not one of 7A, 7B, 8A" in done.stderr
    assert count(folder, "student") == 120


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("school", "roster", "none.csv", *IN_SCHOOL), "cannot be read: No such file"),
        (("school", "load", "none.toml"), "cannot be read: No such file"),
        (("school", "live", "--school", "99"), "There is no school with the code 99"),
    ],
)
def test_what_is_typed_wrong_is_one_sentence(at_school: Type, words: tuple[str, ...], told: str) -> None:
    done = at_school(*words)

    assert done.exit_code == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "There is no settings file"),
        ("prot = 80", "is wrong"),
        ('data_folder = "."\ncard_key_file = "k"\ntime_zone = "Asia/Atlantis"', "a time zone that does not exist"),
        ('data_folder = "."\ncard_key_file = "k"\nport = 99999', "is wrong: Expected `int` <= 65535 - at `$.port`."),
        ('data_folder = "."\ncard_key_file = "k"\n[broker]\nport = 0', "Expected `int` >= 1 - at `$.broker.port`."),
    ],
)
def test_wrong_settings_are_one_sentence(tmp_path: Path, content: str | None, told: str) -> None:
    config = tmp_path / "collector.toml"
    if content is not None:
        config.write_text(content)

    done = CliRunner().invoke(app, ["staff", "list", "--config", str(config)])

    assert done.exit_code == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_settings_in_another_encoding_are_one_sentence(tmp_path: Path) -> None:
    config = tmp_path / "collector.toml"
    config.write_text('data_folder = "."', encoding="utf-16")

    done = CliRunner().invoke(app, ["staff", "list", "--config", str(config)])

    assert (done.exit_code, done.stderr) == (2, f"The settings file {config} is not UTF-8 text: save it as UTF-8.\n")


def test_a_database_that_cannot_be_opened_is_a_failure_of_one_sentence(typed: Type, folder: Path) -> None:
    (folder / "collector.sqlite").write_bytes(b"no database" * 100)

    done = typed("staff", "list")

    assert done.exit_code == 1
    assert f"The database {folder / 'collector.sqlite'} is broken" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("data_folder", ["/proc/x", "/dev/null/x"])
def test_a_data_folder_that_cannot_be_made_is_a_failure_of_one_sentence(
    typed: Type, folder: Path, data_folder: str
) -> None:
    config = folder / "collector.toml"
    config.write_text(config.read_text().replace('data_folder = "."', f'data_folder = "{data_folder}"'))

    done = typed("staff", "list")

    assert done.exit_code == 1
    assert f"The folder {data_folder} cannot be made" in done.stderr
    assert done.stderr.count("\n") == 1
