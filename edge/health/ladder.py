"""The last rung but one: a kiosk that systemd cannot bring back is given a new boot, and not for ever.

Some hangs of a camera leave a process that no signal ends; only a boot helps. Asked once a minute by a unit of its own,
as root: when the kiosk is wanted and has not worked for five minutes, the computer boots, at most three times a day. A
kiosk that somebody stopped, or whose day the guard ended, is left alone. (Above this rung is the hardware's watchdog,
which watches systemd and the kernel.)
"""

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from edge.watchdog import PROGRESS_FILE

UNIT = "salagate-edge.service"
PATIENCE_SECONDS = 300.0
MOST_A_DAY = 3
REBOOTS_FILE = "reboots"
REBOOT = ("systemctl", "reboot", "--force", "--force")
_DAY = timedelta(days=1)

Command = Callable[[Sequence[str]], str]
"""Runs a command and returns what it said."""


class Places(NamedTuple):
    """Where words are left."""

    runtime: Path
    """Gone with each boot."""
    state: Path
    """Stays."""


def is_reboot_wanted(unit: str, idle_seconds: float, reboots: Sequence[datetime], now: datetime) -> bool:
    """Tell whether a boot is the next thing to try.

    Args:
        unit: What systemd says of the kiosk: `active`, `activating`, `deactivating`, `failed`, `inactive`.
        idle_seconds: How long ago it worked, at most as long as this boot lasts.
        reboots: When it was tried before. A clock that was wrong may have written moments to come: they count.
        now: The wall clock, aware.
    """
    today = [moment for moment in reboots if now - moment < _DAY]
    return unit not in {"inactive", ""} and idle_seconds >= PATIENCE_SECONDS and len(today) < MOST_A_DAY


def climb(places: Places, run: Command, up_seconds: float, now: datetime) -> bool:
    """Look once, and boot when that is wanted; tell whether it was. The try is on the disk before it is made."""
    unit = run(("systemctl", "is-active", UNIT)).strip()
    reboots = _reboots(places.state)
    if not is_reboot_wanted(unit, up_seconds - _worked_at(places.runtime), reboots, now):
        return False
    _remember([*reboots[1 - MOST_A_DAY :], now], places.state)
    run(REBOOT)
    return True


def _worked_at(runtime: Path) -> float:
    """Return when in this boot the kiosk last worked; 0 when it never did."""
    try:
        return float((runtime / PROGRESS_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0.0


def _reboots(state: Path) -> list[datetime]:
    """Return the moments of former tries; what cannot be read stands for none."""
    try:
        lines = (state / REBOOTS_FILE).read_text(encoding="ascii").splitlines()
        return [datetime.fromisoformat(line) for line in lines]
    except (OSError, ValueError):
        return []


def _remember(reboots: Sequence[datetime], state: Path) -> None:
    state.mkdir(parents=True, exist_ok=True)
    path = state / REBOOTS_FILE
    with path.with_suffix(".new").open("w", encoding="ascii") as file:
        file.writelines(f"{moment.isoformat()}\n" for moment in reboots)
        file.flush()
        os.fsync(file.fileno())
    path.with_suffix(".new").replace(path)
    folder = os.open(state, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
