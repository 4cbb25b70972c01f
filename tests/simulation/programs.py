"""Starts the installed programs as processes of their own, and ends them as an operator or a power cut would."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Self

_BIN = Path(sys.executable).parent
_PATIENCE_SECONDS = 60.0
_STOP_SECONDS = 10.0


class ProgramFailedError(Exception):
    """A program ended or did not come up; the message holds its last words."""


def run(*words: str | Path, stdin: str | None = None) -> str:
    """Run a console script to its end and return what it said."""
    said = " ".join(map(str, words))
    try:
        done = subprocess.run(
            [_BIN / words[0], *words[1:]],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise ProgramFailedError(
            f"{said}: not done after {_PATIENCE_SECONDS:.0f} seconds; is this machine busy?"
        ) from None
    if done.returncode:
        raise ProgramFailedError(f"{said}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Program:
    """A console script that keeps running; its words go to a log file."""

    def __init__(self, log: Path, *words: str | Path) -> None:
        self._log = log
        self._words = words
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the process."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [_BIN / self._words[0], *self._words[1:]], stdout=log, stderr=log, start_new_session=True
            )
        return self

    def is_running(self) -> bool:
        """Tell whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, to it and what it started."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int | None:
        """End it politely, SIGKILL when it does not listen; return its status if it ended by itself."""
        self.tell_to_stop()
        return self.wait()

    def tell_to_stop(self) -> None:
        """Ask it to end, and do not wait."""
        if self._process is not None:
            self._process.terminate()

    def wait(self, seconds: float = _STOP_SECONDS) -> int | None:
        """Wait until it ends and return its status; None when it had to be killed after so many real seconds."""
        if self._process is None:
            return None
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        self._process = None
        return status

    def wait_for_port(self, port: int) -> None:
        """Wait until it listens; raise ProgramFailedError with its last words when it ends instead."""
        for _ in range(int(_PATIENCE_SECONDS * 20)):
            if not self.is_running():
                raise ProgramFailedError(f"{self._words[0]} ended: {self.last_words()}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            Event().wait(0.05)
        raise ProgramFailedError(f"{self._words[0]} did not open port {port}: {self.last_words()}")

    def last_words(self) -> str:
        """Return the end of its log."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            self._process.wait(_STOP_SECONDS)
            self._process = None


def free_port(wanted: int = 0) -> int:
    """Return the wanted port when it is free on loopback, else one that is."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise ProgramFailedError("There is no free port on this machine.")
