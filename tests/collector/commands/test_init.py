"""A new collector: everything there, nothing overwritten, and what comes next is said."""

import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from collector.__main__ import app
from collector.cards.sealing import read_sealer
from collector.settings import Settings, read_settings


def init(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["init", *map(str, words)])


def test_a_new_collector_has_settings_a_key_and_a_database(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "collector"

    assert init(folder, "--port", "8123", "--broker-port", "1999").exit_code == 0

    settings = read_settings(folder / "collector.toml")
    assert (settings.port, settings.broker.port) == (8123, 1999)
    assert settings.data_folder == str(folder)
    read_sealer(Path(settings.card_key_file))
    with closing(sqlite3.connect(folder / "collector.sqlite")) as connection:
        assert connection.execute("SELECT length(ledger_id) FROM collector_identity").fetchall() == [(16,)]


def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    init(tmp_path / "collector")

    assert stat.S_IMODE((tmp_path / "collector").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "collector" / "card.key").stat().st_mode) == 0o600


def test_a_collector_is_never_overwritten(tmp_path: Path) -> None:
    init(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    again = init(tmp_path)

    assert (again.exit_code, again.stdout) == (2, "")
    assert again.stderr.strip() == f"{tmp_path / 'collector.toml'} is there already: choose another folder."
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_comes_next_is_said_with_words_that_there_are(tmp_path: Path) -> None:
    said = init(tmp_path).stdout

    steps = re.findall(r"salagate-collector ((?:[a-z]+ )+)", said)
    assert len(steps) == 6
    for words in steps:
        assert CliRunner().invoke(app, [*words.split(), "--help"]).exit_code == 0


def test_the_defaults_written_are_those_in_force(tmp_path: Path) -> None:
    init(tmp_path)

    written = read_settings(tmp_path / "collector.toml")

    assert written == Settings(data_folder=str(tmp_path), card_key_file=str(tmp_path / "card.key"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--port", "1883"], "Pages and broker cannot both have port 1883"),
        (["--port", "0"], "Invalid value for '--port'"),
    ],
)
def test_ports_that_cannot_be_are_told(tmp_path: Path, words: list[str], told: str) -> None:
    done = init(tmp_path, *words)

    assert done.exit_code == 2
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = init(tmp_path / "file" / "collector")

    assert done.exit_code == 2
    assert "cannot be made: Not a directory" in done.stderr
