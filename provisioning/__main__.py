"""`salagate-provisioning`: what a technician types to put kiosks at gates. Every failure is one sentence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from provisioning import kiosks
from provisioning.collector_api import check_address, signed_in
from provisioning.errors import ProvisioningError, UsageError
from provisioning.settings import KioskSettings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The technician's tool: puts kiosks at gates.",
)
kiosk = typer.Typer(no_args_is_help=True, help="Commission and list kiosks.")
app.add_typer(kiosk, name="kiosk")

CollectorOption = Annotated[str, typer.Option("--collector", metavar="URL", help="The collector's address.")]
SchoolOption = Annotated[str, typer.Option("--school", "-s", metavar="CODE", help="The school's code.")]
LoginOption = Annotated[str, typer.Option("--login", "-l", metavar="NAME", help="Whom to sign in as: an operator.")]


class Lane(StrEnum):
    """Who passes a gate."""

    IN = "IN"
    OUT = "OUT"
    BOTH = "BOTH"


@kiosk.command()
def commission(  # noqa: PLR0913, PLR0917 - each is a word that a technician may type
    kiosk_id: Annotated[str, typer.Argument(metavar="KIOSK", help="The kiosk's id: 3 to 32 of a-z, 0-9, hyphen.")],
    collector: CollectorOption,
    school: SchoolOption,
    gate: Annotated[str, typer.Option("--gate", "-g", metavar="CODE", help="The gate's code.")],
    login: LoginOption,
    lane: Annotated[Lane, typer.Option(case_sensitive=False, help="Who passes there.")] = Lane.IN,
    out: Annotated[Path, typer.Option("--out", "-o", help="The settings file to write.")] = Path("kiosk.toml"),
    data_folder: Annotated[str, typer.Option(metavar="DIR", help="Where the kiosk keeps its outbox.")] = "data",
    broker_host: Annotated[str | None, typer.Option(help="The broker's host; else the collector's.")] = None,
    broker_port: Annotated[int, typer.Option(min=1, max=65_535, help="The broker's port.")] = 1883,
    camera: Annotated[str, typer.Option(metavar="SOURCE", help="scene:FILE or folder:FOLDER.")] = "scene:scenes.jsonl",
) -> None:
    """Put a kiosk at a gate: tell the collector, and write the kiosk's settings file."""
    with _one_sentence():
        check_address(collector)
        host = broker_host or kiosks.host_of(collector)
        settings = KioskSettings(kiosk_id, lane, data_folder, collector.rstrip("/"), host, broker_port, camera)
        kiosks.check(settings, out)
        with signed_in(collector, login, _password(login)) as opened:
            entry = kiosks.commission(opened, school, gate, settings, out)
        typer.echo(f"Kiosk {entry.id} is commissioned at gate {entry.gate}, lane {entry.lane}; its settings: {out}.")


@kiosk.command("list")
def list_kiosks(collector: CollectorOption, school: SchoolOption, login: LoginOption) -> None:
    """List the kiosks of a school with their gates, and when each was last heard."""
    with _one_sentence():
        check_address(collector)
        with signed_in(collector, login, _password(login)) as opened:
            for entry in opened.kiosks(opened.school(school)):
                typer.echo(f"{entry.id:<32} gate {entry.gate}, {entry.lane}: {kiosks.state(entry)}")


def _password(login: str) -> str:
    """Ask for the password without showing it, or take the first line of a stdin that is no terminal."""
    if sys.stdin.isatty():
        asked: str = typer.prompt(f"Password of {login}", hide_input=True)
        return asked
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise UsageError(f"No password came on the standard input for {login}: write it there as one line.")
    return password


@contextmanager
def _one_sentence() -> Iterator[None]:
    try:
        yield
    except ProvisioningError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_status) from error


def main() -> None:
    """Enter from the console script."""
    app()


if __name__ == "__main__":
    main()
