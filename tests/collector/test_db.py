"""What is wrong with the database is told in one sentence that names the place and what to do there."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from collector.db import Database
from collector.errors import DatabaseError
from collector.models.opening import open_database
from tests.simulation.manual_clock import MONDAY_0640


def _complaint(file: Path) -> str:
    with pytest.raises(DatabaseError) as caught:
        open_database(f"sqlite:///{file}", MONDAY_0640)
    return str(caught.value)


@pytest.mark.parametrize("folder", [Path("/proc/salagate"), Path("/dev/null/salagate")])
def test_a_folder_that_cannot_be_made_is_named(folder: Path) -> None:
    said = _complaint(folder / "collector.sqlite")

    assert said.startswith(f"The folder {folder} cannot be made (")
    assert "correct data_folder" in said


def test_a_folder_in_which_nothing_can_be_written_is_named() -> None:
    said = _complaint(Path("/proc/collector.sqlite"))

    assert said.startswith("The database /proc/collector.sqlite cannot be written (")
    assert "correct data_folder" in said


def test_a_file_that_is_no_database_is_named_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "collector.sqlite"
    file.write_bytes(b"no database" * 100)

    said = _complaint(file)

    assert said.startswith(f"The database {file} is broken (file is not a database): stop the collector, move it away")
    assert "bring back the backup" in said
    assert file.read_bytes() == b"no database" * 100


def test_a_database_with_damaged_pages_is_named_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "collector.sqlite"
    open_database(f"sqlite:///{file}", MONDAY_0640).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + b"\xff" * 4000 + whole[4100:])

    assert _complaint(file).startswith(f"The database {file} is broken (")


def test_what_nobody_foresaw_is_told_as_the_driver_says_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'collector.sqlite'}")

    said = "The database does not answer as it should: no such table"
    with pytest.raises(DatabaseError, match=said), database.reading() as session:
        session.connection().exec_driver_sql("SELECT 1 FROM nowhere")
    database.close()


def test_nobody_else_may_read_the_names_in_it(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'collector.sqlite'}", MONDAY_0640)

    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {
        f"collector.sqlite{end}": 0o600 for end in ("", "-wal", "-shm")
    }
    database.close()


@pytest.mark.parametrize("url", ["nonsense", "nosuch://localhost/x", "postgresql+nosuch://dara:secret@localhost/x"])
def test_an_address_of_no_database_is_told_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseError, match="leave it out for SQLite") as caught:
        Database(url)

    assert "secret" not in str(caught.value)
