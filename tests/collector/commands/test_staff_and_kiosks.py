"""Who may sign in, and which kiosk stands where, typed at the terminal."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

from collector.auth.passwords import is_right
from tests.simulation import school

Type = Callable[..., Result]
IN_SCHOOL = ("--school", school.CODE)
AT_FRONT = ("--gate", "front", "--lane", "IN", *IN_SCHOOL)


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "collector.sqlite")) as connection:
        return connection.execute(query).fetchall()


def test_a_teacher_is_added_with_a_password_from_standard_input(at_school: Type, folder: Path) -> None:
    scope = (*IN_SCHOOL, "--class", "7A", "--language", "en")
    done = at_school(
        "staff", "add", "Sreymom", "--name", "Sok Sreymom", "--role", "teacher", *scope, stdin="rice-and-fish\n"
    )

    assert done.stdout == "Sok Sreymom may sign in as sreymom.\n"
    ((hashed, role, class_name),) = rows(
        folder, "SELECT password_hash, role, name_en FROM staff JOIN school_class ON school_class.id = class_id"
    )
    assert (role, class_name) == ("TEACHER", "7A")
    assert is_right(str(hashed), "rice-and-fish")
    listed = at_school("staff", "list").stdout
    assert listed.split() == f"sreymom TEACHER Sok Sreymom (school {school.CODE}, class 7A, en)".split()
    assert rows(folder, "SELECT act FROM audit_entry") == [("STAFF_ADDED",)]


def test_an_officer_needs_no_school(typed: Type) -> None:
    assert typed("staff", "add", "sok", "--name", "Sok", "--role", "OFFICER", stdin="rice-and-fish").exit_code == 0
    assert "(all schools, km)" in typed("staff", "list").stdout


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (("--role", "teacher", *IN_SCHOOL), "short\n", "must have 8 to 256 characters"),
        (("--role", "teacher", *IN_SCHOOL), "", "No password came on the standard input for dara"),
        (("--role", "operator"), "rice-and-fish\n", "dara needs a school"),
        (("--role", "teacher", "--class", "7A"), "rice-and-fish\n", "A class needs its school"),
        (("--role", "teacher", *IN_SCHOOL, "--class", "9Z"), "rice-and-fish\n", "There is no class '9Z'"),
        (("--role", "teacher", "--school", "99"), "rice-and-fish\n", "There is no school with the code 99"),
        (("--role", "officer", "--language", "fr"), "rice-and-fish\n", "There is no language 'fr'"),
    ],
)
def test_who_cannot_be_added_is_told(
    at_school: Type, folder: Path, words: tuple[str, ...], stdin: str, told: str
) -> None:
    done = at_school("staff", "add", "dara", "--name", "Dara", *words, stdin=stdin)

    assert done.exit_code == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert rows(folder, "SELECT * FROM staff") == []


def test_a_password_is_no_argument(at_school: Type) -> None:
    done = at_school("staff", "add", "dara", "--name", "Dara", "--role", "officer", "--password", "rice-and-fish")

    assert done.exit_code == 2
    assert "No such option" in done.stderr


def test_a_kiosk_is_commissioned_listed_and_retired(at_school: Type, folder: Path) -> None:
    done = at_school("kiosk", "commission", "kl-front-1", *AT_FRONT)
    assert done.stdout == "Kiosk kl-front-1 is commissioned at gate front (Front gate), lane IN.\n"
    listed = at_school("kiosk", "list").stdout
    assert listed.split() == f"kl-front-1 school {school.CODE}, gate front, IN: never heard".split()

    assert at_school("kiosk", "retire", "kl-front-1").stdout == "Kiosk kl-front-1 is retired.\n"

    assert ": retired 20" in at_school("kiosk", "list").stdout
    assert rows(folder, "SELECT act FROM audit_entry") == [("KIOSK_COMMISSIONED",), ("KIOSK_RETIRED",)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("commission", "kl-front-1", "--gate", "roof", *IN_SCHOOL),
            "no gate 'roof' at this school; it has back, front",
        ),
        (("commission", "Front 1", *AT_FRONT), "is no kiosk id"),
        (("commission", "kl-front-1", "--gate", "front", "--school", "99"), "no school with the code 99"),
        (("retire", "kl-front-9"), "There is no kiosk kl-front-9"),
    ],
)
def test_what_cannot_be_done_with_a_kiosk_is_told(at_school: Type, words: tuple[str, ...], told: str) -> None:
    done = at_school("kiosk", *words)

    assert done.exit_code == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
