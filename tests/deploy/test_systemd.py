"""The units are what systemd takes, shut in as far as the hardware allows, and name what the program really does."""

import shutil
import subprocess
from pathlib import Path

import pytest
from typer.main import get_group

from edge.__main__ import app
from edge.health import ladder
from edge.watchdog import CLOSED_FILE

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
PROGRAM = "/opt/salagate/bin/salagate-edge"
KIOSK = UNITS / "salagate-edge.service"
SERVICES = sorted(UNITS.glob("*.service"))
MOST_EXPOSED = {"salagate-edge.service": 22, "salagate-edge-health.service": 20}
"""Tenths, as `systemd-analyze security` counts; 0 is shut in wholly."""

with_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def lines(unit: Path) -> dict[str, list[str]]:
    """Return what a unit says, by its key."""
    said: dict[str, list[str]] = {}
    for line in unit.read_text("utf-8").splitlines():
        key, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            said.setdefault(key, []).append(value)
    return said


@with_systemd
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    program = tmp_path / "salagate-edge"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    files = [tmp_path / unit.name for unit in UNITS.glob("salagate-*")]
    for file in files:
        text = (UNITS / file.name).read_text("utf-8").replace(PROGRAM, str(program))
        file.write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)

    assert [line for line in done.stderr.splitlines() if "salagate" in line] == []
    assert done.returncode == 0


@with_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_unit_is_shut_in(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED[unit.name]}", "--no-pager", unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout


def test_a_unit_calls_only_commands_there_are() -> None:
    called = [
        value.split(f"{PROGRAM} ")[1].split()[0]
        for unit in SERVICES
        for key in ("ExecStart", "ExecStopPost")
        for value in lines(unit).get(key, [])
        if PROGRAM in value
    ]

    assert called == ["heal", "run", "dark"]
    assert set(called) <= set(get_group(app).commands)


def test_the_kiosk_is_watched_and_may_read_the_kernels_clock() -> None:
    said = lines(KIOSK)

    assert said["Type"] == ["notify"]
    assert int(said["WatchdogSec"][0]) <= ladder.PATIENCE_SECONDS / 4
    assert said["SystemCallFilter"] == ["@system-service adjtimex clock_adjtime"]
    assert "ProtectClock" not in said, "it forbids adjtimex, and the clock would never count as synchronised"


def test_what_the_program_leaves_under_run_is_where_the_units_look() -> None:
    said = lines(KIOSK)

    assert said["RuntimeDirectory"] == ["salagate-edge"]
    assert said["RuntimeDirectoryPreserve"] == ["restart"]
    assert any(f"/run/salagate-edge/{CLOSED_FILE} " in value and "poweroff" in value for value in said["ExecStopPost"])
    assert KIOSK.name == ladder.UNIT


def test_a_kiosk_that_dies_at_once_reaches_the_start_limit_and_one_the_watchdog_ends_does_not() -> None:
    said = lines(KIOSK)
    seconds = {key: int(said[key][0]) for key in ("RestartSec", "StartLimitIntervalSec", "WatchdogSec")}
    starts = int(said["StartLimitBurst"][0])

    assert starts * (seconds["RestartSec"] + 10) < seconds["StartLimitIntervalSec"]
    assert starts * seconds["WatchdogSec"] > seconds["StartLimitIntervalSec"]


def test_no_crash_leaves_a_frame_on_the_disk() -> None:
    assert all(lines(unit)["LimitCORE"] == ["0"] for unit in SERVICES)
