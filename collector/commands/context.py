"""What every command begins with: settings, database, clock, a secret, and errors said in one sentence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from collector.db import Database
from collector.errors import CollectorError, InvalidRequest, NotFound, RosterError, SettingsError
from collector.models.opening import open_database
from collector.schedule.service import local_day
from collector.settings import Settings, read_settings
from wire.clock import Clock, make_clock

FAILURE = 1
USAGE_ERROR = 2
_TYPED_WRONG = (SettingsError, RosterError, InvalidRequest, NotFound)
ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The collector's settings file.")]
SchoolOption = Annotated[str, typer.Option("--school", "-s", help="The school's code.")]
DEFAULT_CONFIG = Path("collector.toml")


class Context(NamedTuple):
    """An open collector."""

    settings: Settings
    database: Database
    clock: Clock

    @property
    def today(self) -> date:
        """The date where the schools are."""
        return local_day(self.clock.now(), self.settings.zone)


@contextmanager
def collector(config: Path) -> Iterator[Context]:
    """Open settings and database for one command; a CollectorError ends it in one sentence."""
    with one_sentence():
        settings = read_settings(config)
        clock = make_clock(settings.clock.simulation)
        database = open_database(settings.database_url, clock.now())
        try:
            yield Context(settings, database, clock)
        finally:
            database.close()


@contextmanager
def one_sentence() -> Iterator[None]:
    """Say a CollectorError on stderr and exit with 2 for what was typed or written wrong, else with 1."""
    try:
        yield
    except CollectorError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE_ERROR if isinstance(error, _TYPED_WRONG) else FAILURE) from error


def ask_password(person: str) -> str:
    """Ask for a password twice without showing it, or take the first line of a stdin that is no terminal."""
    if sys.stdin.isatty():
        asked: str = typer.prompt(f"Password of {person}", hide_input=True, confirmation_prompt=True)
        return asked
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InvalidRequest(f"No password came on the standard input for {person}: write it there as one line.")
    return password


def say(text: str) -> None:
    """Tell the person at the terminal."""
    typer.echo(text)
