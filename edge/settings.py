"""One frozen object with everything a person may set, read once and passed down.

Names carry their units. Relative paths are relative to the settings file. Nothing here opens a device or a socket.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.errors import SettingsError
from wire.clock import Simulation
from wire.messages import Lane
from wire.topics import is_kiosk_id

Port = Annotated[int, Meta(ge=1, le=65_535)]
Positive = Annotated[float, Meta(gt=0)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: a wrong key is an error, never ignored."""


class BrokerSettings(_Table, frozen=True):
    """Where the broker listens."""

    host: str
    port: Port
    reconnect_max_seconds: Positive = 60.0
    """Real seconds: the longest pause between two attempts to reach the broker."""


class CameraSettings(_Table, frozen=True):
    """Where frames come from and who reads them."""

    source: Annotated[str, Meta(pattern=r"\A((v4l2|video|scene|folder):.+|picamera2|none)\Z")] = "none"
    """`picamera2`, `v4l2:DEVICE`, `video:FILE`, `scene:FILE` or `folder:FOLDER`; `none` where a reader is used."""
    frames_per_second: Annotated[float, Meta(gt=0, le=120)] = 15.0
    decoder: Literal["zxing", "pyzbar"] = "zxing"
    decoder_limit_seconds: Positive = 1.0
    """Real seconds without an answer after which the decoder is killed and started again."""
    exposure_us: Annotated[int, Meta(ge=100, le=33_000)] = 2500
    """Microseconds; longer, and a card that moves is blurred. The gain follows the light."""
    lens_position: Annotated[float, Meta(ge=0, le=32)] = 5.5
    """Dioptres, 1 / metres to the card; left out where the lens does not move."""
    progress: str | None = None
    """File into which a simulated camera writes how far it is."""

    @property
    def kind(self) -> str:
        """What stands before the colon of the source."""
        return self.source.partition(":")[0]

    @property
    def path(self) -> Path:
        """What stands behind it."""
        return Path(self.source.partition(":")[2])


class PictureSettings(_Table, frozen=True):
    """What a frame must be to count as seen; measured on a small copy of 80 x 45 pixels."""

    least_brightness: Annotated[float, Meta(ge=0, le=255)] = 12.0
    """Mean grey level, 0 to 255."""
    most_brightness: Annotated[float, Meta(ge=0, le=255)] = 240.0
    """Mean grey level, 0 to 255."""
    least_contrast_percent: Annotated[float, Meta(ge=0, le=100)] = 8.0
    """Percent of the mean by which neighbouring fields differ at edges; 0 takes any."""


class ReaderSettings(_Table, frozen=True):
    """A reader on USB instead of a camera."""

    path: Annotated[str, Meta(min_length=1)]
    """Its serial device, best as /dev/serial/by-id/...."""


class IndicatorSettings(_Table, frozen=True):
    """The light."""

    kind: Literal["record", "gpio"] = "record"
    """`gpio`: lamps and buzzer on the pins of `hardware/pinmap.toml`; `record`: only what `record` says."""
    record: str | None = None
    """File into which each signal shown is written as a line of JSON; not with `gpio`."""


class ButtonSettings(_Table, frozen=True):
    """The shutdown button."""

    kind: Literal["none", "gpio"] = "none"
    """`gpio`: between its pin of `hardware/pinmap.toml` and ground."""


class JudgeSettings(_Table, frozen=True):
    """When a tap is refused and when sight is broken."""

    repeat_window_seconds: Annotated[float, Meta(ge=0, le=3600)] = 30.0
    """Clock seconds in which the same card is not recorded again."""
    unknown_per_minute: Annotated[int, Meta(ge=60)] = 60
    """Distinct unknown cards within a clock minute; more end sight."""
    sight_break_seconds: Annotated[float, Meta(gt=0, le=60)] = 2.0
    """Real seconds without a wholly judged frame after which sight is broken."""


class BoardSettings(_Table, frozen=True):
    """The computer; given only where it is simulated."""

    serial: Annotated[str, Meta(min_length=1, max_length=128)]


class ClockSettings(_Table, frozen=True):
    """The clock; given only where it is simulated."""

    simulation: Simulation | None = None


class Settings(_Table, frozen=True):
    """All settings of one kiosk."""

    kiosk_id: str
    lane: Literal["IN", "OUT", "BOTH"]
    data_folder: str
    """Folder of the outbox."""
    collector_url: Annotated[str, Meta(pattern=r"\Ahttps?://.+")]
    """Where the gate book is fetched."""
    broker: BrokerSettings
    camera: CameraSettings = CameraSettings()
    picture: PictureSettings = PictureSettings()
    reader: ReaderSettings | None = None
    indicator: IndicatorSettings = IndicatorSettings()
    button: ButtonSettings = ButtonSettings()
    judge: JudgeSettings = JudgeSettings()
    board: BoardSettings | None = None
    clock: ClockSettings = ClockSettings()

    @property
    def wire_lane(self) -> Lane:
        """The direction of this kiosk's place."""
        return Lane[self.lane]

    @property
    def outbox_path(self) -> Path:
        """The outbox file."""
        return Path(self.data_folder) / "outbox.sqlite"

    @property
    def clock_speed(self) -> float:
        """Clock seconds in a real second."""
        return self.clock.simulation.speed if self.clock.simulation else 1.0


def read(path: Path) -> Settings:
    """Read the settings file; raise SettingsError with one sentence for people."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=Settings)
    except OSError as error:
        raise SettingsError(f"Cannot read the settings file {path}: {error.strerror}. Give --config a file.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"The settings file {path} is not UTF-8 text. Save it as UTF-8 and start again.") from error
    except msgspec.DecodeError as error:
        raise SettingsError(
            f"The settings file {path} is wrong: {_clause(error)}. Correct it and start again."
        ) from error
    _check(settings, path)
    return _resolved(settings, path.resolve().parent)


def _clause(error: msgspec.DecodeError) -> str:
    """Say it with TOML's names instead of JSON's paths."""
    text = str(error).replace("Object ", "the table ", 1).replace(" - at `$.", " in `").replace(" - at `$`", "")
    return text[0].lower() + text[1:]


def _check(settings: Settings, path: Path) -> None:
    if not is_kiosk_id(settings.kiosk_id):
        raise SettingsError(
            f"The settings file {path} is wrong: kiosk_id takes 3 to 32 of a-z, 0-9 and the hyphen. "
            "Correct it and start again."
        )
    if (settings.camera.kind == "none") is (settings.reader is None):
        raise SettingsError(
            f"The settings file {path} is wrong: it takes either camera.source or reader.path. "
            "Correct it and start again."
        )
    simulation = settings.clock.simulation
    if simulation is None:
        return
    moments = [simulation.start, simulation.started_at, *(m for jump in simulation.jumps for m in (jump.at, jump.to))]
    if simulation.speed <= 0 or any(moment.tzinfo is None for moment in moments):
        raise SettingsError(
            f"The settings file {path} is wrong: clock.simulation takes a speed above 0 and moments with their "
            "offset from UTC. Correct it and start again."
        )


def _resolved(settings: Settings, folder: Path) -> Settings:
    def under(path: str) -> str:
        return str(folder / path)

    camera, indicator = settings.camera, settings.indicator
    return msgspec.structs.replace(
        settings,
        data_folder=under(settings.data_folder),
        camera=msgspec.structs.replace(
            camera,
            source=f"{camera.kind}:{under(str(camera.path))}" if ":" in camera.source else camera.source,
            progress=under(camera.progress) if camera.progress else None,
        ),
        reader=ReaderSettings(under(settings.reader.path)) if settings.reader else None,
        indicator=msgspec.structs.replace(indicator, record=under(indicator.record) if indicator.record else None),
    )
