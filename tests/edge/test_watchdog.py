"""A kiosk under systemd's eye, at a real notify socket: only work feeds the watchdog."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.errors import OutboxError, StorageFullError
from edge.watchdog import Watchdog, boot_seconds

PATIENCE_SECONDS = 10.0
SETTINGS = """
kiosk_id = "kl-front-1"
lane = "IN"
data_folder = "data"
collector_url = "http://127.0.0.1:1"
[broker]
host = "127.0.0.1"
port = 1
[camera]
source = "scene:scene.jsonl"
[board]
serial = "board-1"
"""


class Systemd:
    """The other end of the notify socket, a watch of its own, and a disk that can be told to refuse."""

    def __init__(self, folder: Path) -> None:
        self.path, self.runtime = folder / "notify", folder / "run"
        self.runtime.mkdir()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self.seconds = 100.0
        self.failure: OutboxError | None = None
        self.commits = 0

    @property
    def environment(self) -> dict[str, str]:
        return {
            "NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": "60000000", "RUNTIME_DIRECTORY": str(self.runtime),
        }  # fmt: skip

    def watchdog(self) -> Watchdog:
        return Watchdog(self.prove, self.environment, lambda: self.seconds)

    def prove(self) -> None:
        if self.failure:
            raise self.failure
        self.commits += 1

    def heard(self) -> list[str]:
        """Return what was said since the last call."""
        said: list[str] = []
        while True:
            try:
                said += self.hear(0)
            except BlockingIOError:
                return said

    def hear(self, patience_seconds: float = PATIENCE_SECONDS) -> list[str]:
        """Wait for the next words; raise TimeoutError when none come."""
        self._socket.settimeout(patience_seconds)
        return self._socket.recv(4096).decode().split("\n")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    made = Systemd(tmp_path)
    yield made
    made.close()


def test_it_is_ready_with_the_first_frame_and_the_first_commit_and_not_before(systemd: Systemd) -> None:
    watchdog = systemd.watchdog()
    watchdog.feed(0)
    assert systemd.heard() == []

    systemd.failure = StorageFullError("The disk is full.")
    watchdog.feed(1)
    assert systemd.heard() == []

    systemd.failure = None
    systemd.seconds += 15
    watchdog.feed(2)
    assert systemd.heard() == ["READY=1", "WATCHDOG=1"]


def test_it_is_fed_four_times_in_watchdog_sec_however_many_frames_there_are(systemd: Systemd) -> None:
    watchdog = systemd.watchdog()
    for frame in range(1, 901):
        watchdog.feed(frame)
        systemd.seconds += 1 / 15

    assert systemd.heard() == ["READY=1", *4 * ["WATCHDOG=1"]]
    assert systemd.commits == 4


def test_frames_that_stop_end_the_feeding(systemd: Systemd) -> None:
    watchdog = systemd.watchdog()
    watchdog.feed(7)
    systemd.heard()
    for _ in range(100):
        systemd.seconds += 1
        watchdog.feed(7)

    assert systemd.heard() == []


def test_a_disk_that_takes_nothing_ends_the_feeding(systemd: Systemd) -> None:
    watchdog = systemd.watchdog()
    watchdog.feed(1)
    systemd.heard()
    systemd.failure = OutboxError("The outbox cannot be used.")
    for frame in range(2, 100):
        systemd.seconds += 1
        watchdog.feed(frame)
    assert systemd.heard() == []

    systemd.failure = None
    systemd.seconds += 15
    watchdog.feed(100)
    assert systemd.heard() == ["WATCHDOG=1"]


def test_it_leaves_word_of_when_it_worked_and_of_the_day_the_guard_ended(systemd: Systemd) -> None:
    watchdog = systemd.watchdog()
    watchdog.feed(1)
    assert float((systemd.runtime / "progress").read_text()) == pytest.approx(boot_seconds(), abs=5)

    watchdog.stop(is_closed=False)
    assert not (systemd.runtime / "closed").exists()
    watchdog.stop(is_closed=True)
    assert (systemd.runtime / "closed").exists()
    assert systemd.heard()[2:] == ["STOPPING=1", "STOPPING=1"]

    systemd.watchdog()
    assert not (systemd.runtime / "closed").exists()


def test_without_systemd_it_neither_speaks_nor_writes(systemd: Systemd) -> None:
    watchdog = Watchdog(systemd.prove, {})
    watchdog.feed(1)
    watchdog.stop(is_closed=True)

    assert systemd.commits == 0
    assert systemd.heard() == []


def test_an_abstract_address_is_understood(systemd: Systemd) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0{systemd.path}")
        line.settimeout(PATIENCE_SECONDS)
        Watchdog(systemd.prove, {"NOTIFY_SOCKET": f"@{systemd.path}"}).stop(is_closed=False)
        assert line.recv(100) == b"STOPPING=1"


@contextmanager
def started(folder: Path, systemd: Systemd, settings: str = SETTINGS) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the program as systemd does, with a watch of 1.2 s; it is gone afterwards, whatever happened."""
    (folder / "kiosk.toml").write_text(settings, encoding="utf-8")
    (folder / "scene.jsonl").touch()
    kiosk = subprocess.Popen(
        [sys.executable, "-m", "edge", "run", "--config", folder / "kiosk.toml"],
        env={**os.environ, **systemd.environment, "WATCHDOG_USEC": "1200000"}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield kiosk
    finally:
        kiosk.kill()
        kiosk.wait()


def test_the_program_is_ready_feeds_and_says_that_it_stops(tmp_path: Path, systemd: Systemd) -> None:
    with started(tmp_path, systemd) as kiosk:
        assert systemd.hear() == ["READY=1", "WATCHDOG=1"]
        assert systemd.hear() == ["WATCHDOG=1"]
        kiosk.send_signal(signal.SIGUSR1)
        said = systemd.hear()
        while said == ["WATCHDOG=1"]:
            said = systemd.hear()
        assert kiosk.wait(15) == 0

    assert said == ["STOPPING=1"]
    assert (systemd.runtime / "closed").exists()


def test_a_scan_loop_that_gets_no_frames_runs_on_and_feeds_no_more(tmp_path: Path, systemd: Systemd) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "1.pgm").write_bytes(b"P5 64 48 255\n" + bytes(64 * 48))
    with started(tmp_path, systemd, SETTINGS.replace("scene:scene.jsonl", "folder:pictures")) as kiosk:
        assert systemd.hear() == ["READY=1", "WATCHDOG=1"]
        with pytest.raises(TimeoutError):
            systemd.hear(1.5)
        assert kiosk.poll() is None
        kiosk.terminate()
        assert kiosk.wait(15) == 0
