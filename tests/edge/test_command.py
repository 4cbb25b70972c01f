"""What a technician types and what comes back: a line a fact, one sentence a failure, never a traceback."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from typer.testing import CliRunner

from edge.__main__ import app
from edge.clock import KioskClock
from tests.edge.makers import opened, tap
from tests.simulation.manual_clock import ManualClock
from tests.simulation.programs import free_port

COMMANDS = ("run", "selftest", "backlog", "dark")


class Desk:
    """A folder with a kiosk's settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "kiosk.toml"
        self.port = free_port()
        (folder / "scene.jsonl").write_text("", encoding="utf-8")
        self.write(
            'kiosk_id = "kl-front-1"\nlane = "IN"\ndata_folder = "data"\n'
            'collector_url = "http://127.0.0.1:1"\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {self.port}\n'
            '[camera]\nsource = "scene:scene.jsonl"\n[board]\nserial = "board-1"\n'
            "[clock.simulation]\nstart = 2025-01-06T06:40:00+07:00\nstarted_at = 2025-01-06T06:40:00+07:00\n"
        )

    def write(self, text: str) -> None:
        self.config.write_text(text, encoding="utf-8")

    def change(self, old: str, new: str) -> None:
        self.write(self.config.read_text(encoding="utf-8").replace(old, new))

    @property
    def outbox(self) -> Path:
        return self.folder / "data" / "outbox.sqlite"

    def type(self, *words: str) -> tuple[int, str, str]:
        """Return status, what was said, and what was complained of."""
        done = CliRunner().invoke(app, [*words, "--config", str(self.config)], catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    def count(self, what: str) -> int:
        with closing(sqlite3.connect(self.outbox)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608  # a test's own

    def start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "edge", "run", "--config", self.config],
            stderr=subprocess.PIPE, text=True, cwd=self.folder,
        )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def is_one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and text.rstrip().endswith(".") and "Traceback" not in text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_what_a_command_does(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"])

    assert done.exit_code == 0
    assert "--config" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_key_ends_in_one_sentence_and_status_2(desk: Desk, command: str) -> None:
    desk.change("lane", "lain")
    status, said, complained = desk.type(command)

    assert (status, said) == (2, "")
    assert is_one_sentence(complained)
    assert "lain" in complained


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_file_ends_in_one_sentence_and_status_2(desk: Desk, command: str) -> None:
    desk.config.unlink()
    status, _, complained = desk.type(command)

    assert status == 2
    assert is_one_sentence(complained)


def test_no_camera_ends_in_one_sentence_and_status_1(desk: Desk) -> None:
    desk.change("scene:scene.jsonl", "folder:nowhere")
    status, _, complained = desk.type("run")

    assert status == 1
    assert is_one_sentence(complained)
    assert "nowhere" in complained


def test_a_data_folder_that_cannot_be_made_ends_in_one_sentence(desk: Desk) -> None:
    desk.change('"data"', '"scene.jsonl/data"')
    status, _, complained = desk.type("run")

    assert status == 1
    assert is_one_sentence(complained)


def test_a_second_kiosk_on_the_same_outbox_ends_in_one_sentence(desk: Desk, clock: ManualClock) -> None:
    outbox = opened(desk.outbox, clock)
    status, _, complained = desk.type("run")
    outbox.close()

    assert status == 1
    assert is_one_sentence(complained)


def test_selftest_names_what_works_and_what_does_not(desk: Desk) -> None:
    status, said, _ = desk.type("selftest")

    assert status == 1
    assert [line.split()[:2] for line in said.splitlines()] == [
        ["ok", "camera"], ["ok", "decoder"], ["ok", "outbox"], ["failed", "broker"], ["ok", "clock"],
    ]  # fmt: skip
    assert f"127.0.0.1:{desk.port} cannot be reached" in said


def test_selftest_tells_of_a_damaged_outbox(desk: Desk) -> None:
    desk.outbox.parent.mkdir()
    desk.outbox.write_bytes(b"damaged " * 1000)
    _, said, _ = desk.type("selftest")

    assert "failed  outbox   The outbox" in said
    assert "was set aside as" in said


def test_selftest_beside_a_running_kiosk_leaves_its_outbox_alone(desk: Desk, clock: ManualClock) -> None:
    outbox = opened(desk.outbox, clock)
    _, said, _ = desk.type("selftest")
    outbox.close()

    assert "outbox   is in use by the running kiosk." in said


def test_backlog_tells_what_waits_to_people_and_to_programs(
    desk: Desk, clock: ManualClock, kiosk_clock: KioskClock
) -> None:
    outbox = opened(desk.outbox, clock)
    for number in range(3):
        tap(outbox, kiosk_clock, number)

    said = desk.type("backlog")[1]
    told = json.loads(desk.type("backlog", "--json")[1])
    outbox.close()

    assert said == "kl-front-1: 3 rows wait for a receipt, the oldest since 2025-01-06 06:40:00.\n"
    assert (told["pending"], told["oldest_at"], told["lives"][0]["newest_seq"]) == (3, "2025-01-05T23:40:00+00:00", 3)


def test_backlog_tells_of_damaged_rows(desk: Desk, clock: ManualClock, kiosk_clock: KioskClock) -> None:
    outbox = opened(desk.outbox, clock)
    tap(outbox, kiosk_clock, 1)
    with outbox._file.transaction() as connection:
        connection.execute("UPDATE row SET settled = 2")

    said = desk.type("backlog")[1]
    told = json.loads(desk.type("backlog", "--json")[1])
    outbox.close()

    assert said == "kl-front-1: nothing waits.\n  Damaged and never sent: 1; tell the technician.\n"
    assert told["set_aside"] == 1


def test_backlog_without_an_outbox_ends_in_one_sentence(desk: Desk) -> None:
    status, _, complained = desk.type("backlog")

    assert status == 1
    assert is_one_sentence(complained)


def test_a_kiosk_told_to_stop_ends_with_status_0_and_no_open_span(desk: Desk) -> None:
    with desk.start() as kiosk:
        assert kiosk.stderr is not None
        said = [kiosk.stderr.readline(), kiosk.stderr.readline()]
        while not desk.count("open_span"):
            assert kiosk.poll() is None
        Event().wait(0.3)
        kiosk.send_signal(signal.SIGTERM)
        said += kiosk.stderr.readlines()
        assert kiosk.wait(10) == 0

    assert "lane IN, records into" in said[0]
    assert "cannot be reached (Connection refused)" in said[1]
    assert said[2:] == []
    assert desk.count("open_span") == 0
    assert desk.count("row WHERE kind = 1") == 1


def test_the_signal_that_ends_the_day_ends_the_program_with_status_0(desk: Desk) -> None:
    with desk.start() as kiosk:
        assert kiosk.stderr is not None
        kiosk.stderr.readline()
        kiosk.send_signal(signal.SIGUSR1)
        said = kiosk.stderr.readlines()
        assert kiosk.wait(15) == 0

    assert said[-1].startswith("The day was ended without a connection")


def test_a_broker_that_takes_connections_and_says_nothing_is_no_failure(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", desk.port)), desk.start() as kiosk:
        assert kiosk.stderr is not None
        kiosk.stderr.readline()
        kiosk.send_signal(signal.SIGTERM)
        assert kiosk.wait(15) == 0
        assert "Traceback" not in kiosk.stderr.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a tiny disk")
def test_a_full_disk_at_start_ends_in_one_sentence(desk: Desk) -> None:
    disk = desk.folder / "data"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", disk], check=True)
    try:
        status, _, complained = desk.type("run")
    finally:
        subprocess.run(["umount", disk], check=True)

    assert status == 1
    assert is_one_sentence(complained)
    assert "is full" in complained


def test_a_kiosk_that_is_killed_or_stopped_takes_its_decoder_with_it(desk: Desk) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        with desk.start() as kiosk:
            assert kiosk.stderr is not None
            assert kiosk.stderr.readline()
            (decoder,) = Path(f"/proc/{kiosk.pid}/task/{kiosk.pid}/children").read_text("ascii").split()
            assert "edge.scanner.child" in Path(f"/proc/{decoder}/cmdline").read_text("ascii")
            kiosk.send_signal(number)
            kiosk.wait(10)
            kiosk.stderr.read()
        for _ in range(200):
            if not Path(f"/proc/{decoder}/cmdline").exists():
                break
            Event().wait(0.01)
        assert not Path(f"/proc/{decoder}/cmdline").exists()
