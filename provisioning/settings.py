"""A kiosk's settings file as a technician hands it over: every line says what it is for.

Only the kiosk's own program says what is right in it; a test has it read what is written here.
"""

from dataclasses import dataclass

import msgspec

_FORM = """\
# Settings of a SalaGate kiosk. Relative paths are taken from this file's folder.

# The name under which the collector knows this kiosk, and who passes it: IN, OUT or BOTH.
{kiosk_id}
{lane}

# Folder of the outbox. What is recorded is kept here until the collector has it: never delete it.
{data_folder}

# Where the gate book is fetched.
{collector_url}

[broker]
{host}
{port}

[camera]
# scene:FILE plays a written scene, folder:FOLDER a folder of frames.
{source}
"""


@dataclass(frozen=True)
class KioskSettings:
    """What a kiosk must be told."""

    kiosk_id: str
    lane: str
    data_folder: str
    collector_url: str
    broker_host: str
    broker_port: int
    camera: str


def render(settings: KioskSettings) -> str:
    """Return the text of `kiosk.toml`."""
    values: dict[str, str | int] = {
        "kiosk_id": settings.kiosk_id,
        "lane": settings.lane,
        "data_folder": settings.data_folder,
        "collector_url": settings.collector_url,
        "host": settings.broker_host,
        "port": settings.broker_port,
        "source": settings.camera,
    }
    return _FORM.format_map({name: _line(name, value) for name, value in values.items()})


def _line(name: str, value: str | int) -> str:
    return msgspec.toml.encode({name: value}).decode().rstrip("\n")
