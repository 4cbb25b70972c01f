"""Putting a kiosk at a gate: the collector is told, and the kiosk gets its settings, or neither happens half.

The file is written after the collector has agreed; the same command again, after a failure, does the rest.
"""

from pathlib import Path
from urllib.parse import urlsplit

from provisioning.collector_api import Collector, KioskEntry
from provisioning.errors import ProvisioningError, UsageError
from provisioning.settings import KioskSettings, render
from wire.topics import is_kiosk_id


def check(settings: KioskSettings, out: Path) -> None:
    """Raise UsageError for what can be seen to be wrong before anybody is asked."""
    if not is_kiosk_id(settings.kiosk_id):
        raise UsageError(f"{settings.kiosk_id!r} is no kiosk id: it takes 3 to 32 of a-z, 0-9 and the hyphen.")
    if out.exists():
        raise UsageError(f"{out} is there already: move it away, or give --out another name.")
    if not out.parent.is_dir():
        raise UsageError(f"There is no folder {out.parent} for {out.name}: make it first.")


def commission(collector: Collector, school_code: str, gate: str, settings: KioskSettings, out: Path) -> KioskEntry:
    """Commission a kiosk and write its settings file."""
    school = collector.school(school_code)
    if gate not in {place.code for place in school.gates}:
        known = ", ".join(place.code for place in school.gates) or "none yet"
        raise UsageError(f"There is no gate {gate!r} at {school.name_en} ({school.code}); it has {known}.")
    entry = collector.commission(school, settings.kiosk_id, gate, settings.lane)
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(render(settings))
    except OSError as error:
        raise ProvisioningError(
            f"The kiosk is commissioned, but {out} cannot be written: {error.strerror}. Mend that and type it again."
        ) from error
    return entry


def state(entry: KioskEntry) -> str:
    """Say how a kiosk is."""
    if entry.retired_at is not None:
        return f"retired {entry.retired_at}"
    if entry.heard_at is None:
        return "never heard"
    return f"{'online' if entry.is_online else 'offline'}, last heard {entry.heard_at}"


def host_of(address: str) -> str:
    """Return the host of an address: where the broker is, unless it is said."""
    return urlsplit(address).hostname or "127.0.0.1"
