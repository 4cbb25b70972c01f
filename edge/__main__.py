"""`salagate-edge`: what a technician types. Every failure ends in one sentence and a status, never in a traceback."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer

from edge import settings as settings_file
from edge.bootstrap import darken, make_kiosk
from edge.errors import CameraStalledError, EdgeError
from edge.health.ladder import Places, climb
from edge.outbox import Backlog, peek
from edge.selftest import examine
from edge.watchdog import boot_seconds
from wire.clock import make_clock

LOCAL = ZoneInfo("Asia/Phnom_Penh")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The kiosk at the gate: reads cards, remembers each tap on its disk, and sends it when it can.",
)
Config = Annotated[Path, typer.Option("--config", "-c", help="The settings file.", metavar="FILE")]
DEFAULT_CONFIG = Path("kiosk.toml")


@app.command()
def run(config: Config = DEFAULT_CONFIG) -> None:
    """Work until told to stop (SIGTERM or Ctrl-C), or to end the day (the shutdown button or SIGUSR1)."""
    with _one_sentence():
        settings = settings_file.read(config)
        kiosk = make_kiosk(settings, _say)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: kiosk.stop())
        signal.signal(signal.SIGUSR1, lambda *_: kiosk.close_day())
        _say(f"Kiosk {settings.kiosk_id}, lane {settings.lane}, records into {settings.outbox_path}.")
        kiosk.run()


@app.command()
def dark(config: Config = DEFAULT_CONFIG) -> None:
    """Switch off lamps and buzzer that a crash left on; the unit does this after each end."""
    with _one_sentence():
        darken(settings_file.read(config))


@app.command()
def heal() -> None:
    """Boot the computer when the kiosk has not worked for five minutes; its unit asks this each minute, as root."""
    state = Path(os.environ.get("STATE_DIRECTORY", "/var/lib/salagate-edge-health"))
    if climb(Places(Path("/run/salagate-edge"), state), _run, boot_seconds(), make_clock(None).now()):
        _say("The kiosk has not worked for five minutes: the computer boots.")


@app.command()
def selftest(config: Config = DEFAULT_CONFIG) -> None:
    """Try camera, decoder, outbox, broker and clock; a line each, status 1 when one failed."""
    with _one_sentence():
        is_ok = True
        for finding in examine(settings_file.read(config)):
            typer.echo(f"{'ok' if finding.is_ok else 'failed':6}  {finding.part:8} {finding.sentence}")
            is_ok &= finding.is_ok
        if not is_ok:
            raise typer.Exit(1)


@app.command()
def backlog(
    config: Config = DEFAULT_CONFIG,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of sentences.")] = False,
) -> None:
    """Tell what waits in the outbox for the collector's receipt; may be asked while the kiosk runs."""
    with _one_sentence():
        settings = settings_file.read(config)
        found = peek(settings.outbox_path)
        typer.echo(json.dumps(_as_object(found)) if as_json else _as_sentences(settings.kiosk_id, found))


def _as_object(found: Backlog) -> dict[str, object]:
    return {
        "pending": found.pending,
        "set_aside": found.set_aside,
        "oldest_at": found.oldest_at.isoformat() if found.oldest_at else None,
        "lives": [
            {
                "outbox_id": life.outbox_id.hex(),
                "newest_seq": life.seq,
                "pending": life.pending,
                "current": life.is_current,
            }
            for life in found.lives
        ],
    }


def _as_sentences(kiosk_id: str, found: Backlog) -> str:
    damaged = f"\n  Damaged and never sent: {found.set_aside}; tell the technician." if found.set_aside else ""
    if found.oldest_at is None:
        return f"{kiosk_id}: nothing waits{damaged and '.'}{damaged or ', the collector has everything.'}"
    since = found.oldest_at.astimezone(LOCAL)
    lines = [f"{kiosk_id}: {found.pending} rows wait for a receipt, the oldest since {since:%Y-%m-%d %H:%M:%S}."]
    if len(found.lives) > 1:
        lines += [
            f"  outbox {life.outbox_id.hex()[:8]}: {life.pending} of {life.seq}{'' if life.is_current else ' (left)'}"
            for life in found.lives
        ]
    return "\n".join(lines) + damaged


@contextmanager
def _one_sentence() -> Iterator[None]:
    try:
        yield
    except EdgeError as error:
        _say(str(error))
        if isinstance(error, CameraStalledError):
            _leave(error.exit_status)
        raise typer.Exit(error.exit_status) from error


def _leave(status: int) -> NoReturn:
    """End the process without its clean-up, in which a dead camera's library would wait for ever."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _run(words: Sequence[str]) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout  # noqa: S603  # our own words


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def main() -> None:
    """Enter from the console script."""
    app()


if __name__ == "__main__":
    main()
