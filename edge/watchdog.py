"""What the kiosk tells systemd: that it works, never merely that it runs.

READY=1 goes out when the first frame was answered and a commit went through, WATCHDOG=1 from then on whenever both
happened again. The scan loop feeds it, no thread and no timer does, so a camera that stops, a decoder that hangs, a
loop that stalls and a disk that takes nothing all end the feeding, and systemd starts the kiosk anew. A dark or covered
picture does not: no restart would mend it.

Beside that it leaves two words in the folder systemd gave it under /run: when it last worked (for `edge.health.ladder`)
and that the guard ended the day (for the unit, which then switches the computer off). Without systemd it does nothing.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from edge.errors import OutboxError

PROGRESS_FILE, CLOSED_FILE = "progress", "closed"
_FEEDINGS = 4
"""In one WatchdogSec; a feeding costs a commit."""
_PERIOD_SECONDS = 15.0
"""Between feedings where systemd watches no time."""


class Watchdog:
    """Speaks to the notify socket of this process; used by the scan loop alone.

    `prove` commits something or raises OutboxError. `seconds` is a clock that is never set.
    """

    def __init__(
        self,
        prove: Callable[[], object],
        environment: Mapping[str, str] = os.environ,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prove, self._seconds = prove, seconds
        self._address = environment.get("NOTIFY_SOCKET", "")
        folder = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
        self._folder = Path(folder) if folder else None
        self._period = int(environment.get("WATCHDOG_USEC") or 0) / 1e6 / _FEEDINGS or _PERIOD_SECONDS
        self._frames, self._due, self._is_ready = 0, seconds(), False
        if self._folder is not None:
            (self._folder / CLOSED_FILE).unlink(missing_ok=True)

    def feed(self, frames: int) -> None:
        """Tell systemd that all is well, when it is time and it is so.

        `frames` counts the frames that the decoder answered, or the answers of a reader, since the program began.
        """
        if not (self._address or self._folder) or frames <= self._frames or self._seconds() < self._due:
            return
        self._due = self._seconds() + self._period
        try:
            self._prove()
        except OutboxError:
            return
        self._frames = frames
        self._tell("WATCHDOG=1" if self._is_ready else "READY=1\nWATCHDOG=1")
        self._is_ready = True
        self._leave(PROGRESS_FILE, f"{boot_seconds():.0f}")

    def stop(self, *, is_closed: bool) -> None:
        """Tell that the program ends by itself; `is_closed` when the guard ended the day."""
        self._tell("STOPPING=1")
        if is_closed:
            self._leave(CLOSED_FILE, "")

    def _tell(self, words: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(0)
            line.sendto(words.encode(), address)

    def _leave(self, name: str, text: str) -> None:
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / name).write_text(text, encoding="ascii")


def boot_seconds() -> float:
    """Return the seconds since this boot, sleep included; never set by anybody."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
