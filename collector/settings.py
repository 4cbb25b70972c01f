"""The collector's settings as one frozen object, read once from `collector.toml` and passed down.

Names carry their units; a secret has no default and is never in this file itself, only the path of its own file is.
"""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from collector.errors import SettingsError
from wire.clock import Simulation

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class BrokerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the MQTT broker listens."""

    host: str = "127.0.0.1"
    port: Port = 1883


class NotifySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How guardians are told."""

    telegram_token_file: str | None = None
    """File with the bot's token; without it every notice stays a preview."""
    telegram_base_url: str = "https://api.telegram.org/bot"
    quiet_from: str = "20:00"
    """Local time from which nothing but corrections is sent."""
    quiet_until: str = "06:00"


class ClockSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which clock rules the program."""

    simulation: Simulation | None = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that an operator may set."""

    data_folder: str
    """Folder of the database, of the embedded broker and of uploads."""
    card_key_file: str
    """File with the key that seals card numbers; keep it out of database backups."""
    host: str = "127.0.0.1"
    """Address the pages are served on."""
    port: Port = 8080
    database: str | None = None
    """SQLAlchemy URL; without it SQLite in `data_folder`."""
    time_zone: str = "Asia/Phnom_Penh"
    """Zone of the schools' bells."""
    broker: BrokerSettings = BrokerSettings()
    notify: NotifySettings = NotifySettings()
    clock: ClockSettings = ClockSettings()

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database or f"sqlite:///{Path(self.data_folder) / 'collector.sqlite'}"

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the schools' bells."""
        return ZoneInfo(self.time_zone)


def read_settings(path: Path) -> Settings:
    """Read `collector.toml`; relative paths are taken from its folder. Raise SettingsError in one sentence."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=Settings)
    except FileNotFoundError as error:
        raise SettingsError(f"There is no settings file {path}: make one with `salagate-collector init`.") from error
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"The settings file {path} is not UTF-8 text: save it as UTF-8.") from error
    except msgspec.DecodeError as error:
        raise SettingsError(f"The settings file {path} is wrong: {error}.") from error
    try:
        ZoneInfo(settings.time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise SettingsError(f"The settings file {path} names a time zone that does not exist.") from error
    folder, token = path.resolve().parent, settings.notify.telegram_token_file
    return msgspec.structs.replace(
        settings,
        data_folder=str(folder / settings.data_folder),
        card_key_file=str(folder / settings.card_key_file),
        notify=msgspec.structs.replace(settings.notify, telegram_token_file=token and str(folder / token)),
    )
