"""A new collector: everything there, nothing overwritten, and what comes next is said."""

import resource
import shlex
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from collector.__main__ import app
from collector.cards.sealing import make_key_file, read_sealer
from collector.settings import Settings, read_settings
from edge.settings import read as read_kiosk
from tests.test_docs_guide import Operator, example


def init(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["init", *map(str, words)])


@contextmanager
def no_room_for_files() -> Iterator[None]:
    """Let no file grow beyond 32 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (32, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


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


def test_what_a_full_disk_cut_short_is_not_left_behind(tmp_path: Path) -> None:
    with no_room_for_files():
        done = init(tmp_path)

    assert done.exit_code == 2
    assert done.stderr.startswith(f"{tmp_path} cannot be made whole: File too large.")
    assert list(tmp_path.iterdir()) == []
    assert init(tmp_path).exit_code == 0


def test_a_key_that_was_cut_short_is_not_left_behind(tmp_path: Path) -> None:
    with no_room_for_files(), pytest.raises(OSError, match="too large"):
        make_key_file(tmp_path / "card.key")

    assert list(tmp_path.iterdir()) == []


def test_a_collector_is_never_overwritten(tmp_path: Path) -> None:
    init(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    again = init(tmp_path)

    assert (again.exit_code, again.stdout) == (2, "")
    assert again.stderr.strip() == f"{tmp_path / 'collector.toml'} is there already: choose another folder."
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def steps(said: str) -> list[list[str]]:
    """Return the words of each command that is told."""
    lines = said.replace("\\\n", "").splitlines()
    return [shlex.split(line) for line in lines if line.startswith("  ")]


def test_what_comes_next_works_as_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("school.toml", "schedule.toml", "roster.csv"):
        (tmp_path / name).write_text(example(name), encoding="utf-8")
    told = steps(init("my collector").stdout)

    with ExitStack() as stack:
        operator = Operator(tmp_path, stack)
        for words in told:
            operator.type(words)

    assert [" ".join(words[:3]) for words in told if words[0] == "salagate-collector"] == [
        "salagate-collector school load",
        "salagate-collector school schedule",
        "salagate-collector school roster",
        "salagate-collector cards issue",
        "salagate-collector cards print",
        "salagate-collector cards hand-over",
        "salagate-collector staff add",
        "salagate-collector serve --embedded",
    ]
    assert (tmp_path / "cards.pdf").read_bytes().startswith(b"%PDF")
    assert read_kiosk(tmp_path / "front.toml").kiosk_id == "pv-front"


def test_what_comes_next_names_the_ports_that_were_chosen(tmp_path: Path) -> None:
    told = steps(init(tmp_path, "--port", "8123", "--broker-port", "1999").stdout)

    (commission,) = (words for words in told if words[0] == "salagate-provisioning")
    assert "http://127.0.0.1:8123" in commission
    assert commission[-2:] == ["--broker-port", "1999"]


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
