"""Makes the folder of a new collector: settings, the key of its cards, an empty database. It overwrites nothing."""

import shlex
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from collector.cards.sealing import make_key_file
from collector.commands.context import one_sentence, say
from collector.errors import SettingsError
from collector.models.opening import open_database
from collector.settings import BrokerSettings, read_settings
from wire.clock import make_clock

_SETTINGS = """\
# Settings of a SalaGate collector. Relative paths are taken from this file's folder.

# Folder of the database, of the embedded broker and of uploads.
data_folder = "."

# The key that seals card numbers. Keep a copy on paper or on a stick, never beside a backup of the database:
# without it no card can be printed again, and whoever has both can make cards.
card_key_file = "card.key"

# Where the pages are served.
host = "127.0.0.1"
port = {port}

# Zone of the schools' bells.
time_zone = "Asia/Phnom_Penh"

# A database other than SQLite in data_folder, as an SQLAlchemy URL.
# database = "postgresql+psycopg://salagate@/salagate"

[broker]
host = "127.0.0.1"
port = {broker_port}

[notify]
# File with the Telegram bot's token. Without it every notice is shown on the dashboard and sent to nobody.
# telegram_token_file = "telegram.token"

# Local time between which nothing but corrections is sent.
quiet_from = "20:00"
quiet_until = "06:00"
"""
_NEXT_STEPS = """\
A new collector is in {folder}. Keep a copy of {key} somewhere safe, away from backups of the database.

What comes next, with your own files, codes, names and ids in the places of these; docs/operating.md shows what stands
in the files. The gates, the classes, the bells and the students of a school:
  salagate-collector school load school.toml{config}
  salagate-collector school schedule schedule.toml --school 140701{config}
  salagate-collector school roster roster.csv --school 140701{config}
Their cards; the last one is typed once the children have them:
  salagate-collector cards issue --school 140701{config}
  salagate-collector cards print --school 140701 --out cards.pdf{config}
  salagate-collector cards hand-over --school 140701{config}
Who may sign in, then the collector itself, which shows its pages at {address}:
  salagate-collector staff add dara --name "Sok Dara" --role operator --school 140701 --language en{config}
  salagate-collector serve --embedded{config}
While it runs, in another terminal, a kiosk for each gate:
  salagate-provisioning kiosk commission pv-front --collector {address} --school 140701 --gate front \\
    --login dara --camera scene:front.jsonl --data-folder front --out front.toml{broker}
  touch front.jsonl
  salagate-edge run --config front.toml"""


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to make; it may exist.")],
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port of the pages.")] = 8080,
    broker_port: Annotated[int, typer.Option(min=1, max=65_535, help="Port of the embedded broker.")] = 1883,
) -> None:
    """Make the folder of a new collector: settings, card key, database. Nothing is overwritten."""
    config = folder / "collector.toml"
    with one_sentence():
        if port == broker_port:
            raise SettingsError(f"Pages and broker cannot both have port {port}: give --broker-port another one.")
        _make(folder, config, _SETTINGS.format(port=port, broker_port=broker_port))
        settings = read_settings(config)
        open_database(settings.database_url, make_clock(settings.clock.simulation).now()).close()
        say(_next_steps(folder, config, port, broker_port))


def _next_steps(folder: Path, config: Path, port: int, broker_port: int) -> str:
    return _NEXT_STEPS.format(
        folder=folder,
        key=folder / "card.key",
        config=f" --config {shlex.quote(str(config.resolve()))}",
        address=f"http://127.0.0.1:{port}",
        broker="" if broker_port == BrokerSettings().port else f" --broker-port {broker_port}",
    )


def _make(folder: Path, config: Path, settings: str) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with config.open("x", encoding="utf-8") as file:
            file.write(settings)
        make_key_file(folder / "card.key")
    except FileExistsError as error:
        raise SettingsError(f"{error.filename} is there already: choose another folder.") from error
    except OSError as error:
        with suppress(OSError):
            config.unlink()
        whole = f"{error.filename} cannot be made" if error.filename else f"{folder} cannot be made whole"
        raise SettingsError(f"{whole}: {error.strerror}.") from error
