"""A collector made by its own command, and words typed at it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from collector.__main__ import app
from tests.simulation import school

Type = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a new collector."""
    done = CliRunner().invoke(app, ["init", str(tmp_path / "collector")])
    assert done.exit_code == 0, done.output
    return tmp_path / "collector"


@pytest.fixture
def typed(folder: Path) -> Type:
    """Return `typed(*words, stdin="")`, which runs a command against the collector."""

    def typed(*words: str | Path, stdin: str = "") -> Result:
        return CliRunner().invoke(app, [*map(str, words), "--config", str(folder / "collector.toml")], input=stdin)

    return typed


@pytest.fixture
def at_school(typed: Type, tmp_path: Path) -> Type:
    """As `typed`, with the school of the simulation loaded: 3 classes, 2 gates, 120 students."""
    school.write_files(tmp_path)
    in_school = ("--school", school.CODE)
    for words in (
        ("school", "load", tmp_path / "school.toml"),
        ("school", "schedule", tmp_path / "schedule.toml", *in_school),
        ("school", "roster", tmp_path / "roster.csv", *in_school),
    ):
        done = typed(*words)
        assert done.exit_code == 0, done.output
    return typed
