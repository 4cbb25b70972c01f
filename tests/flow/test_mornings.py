"""Whole mornings with the installed programs as processes: what the project promises, seen from outside."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from tests.simulation.register import check_ins_on_disk
from tests.simulation.rehearsal import Rehearsal
from tests.simulation.report import RECORDED
from tests.simulation.script import START

_WARM_UP = timedelta(seconds=8)
_PATIENCE_SECONDS = 40.0


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    played = Rehearsal(tmp_path / "school")
    yield played
    played.close()


@pytest.mark.timeout(360)
def test_the_outage_morning_ends_with_every_promise_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation.morning", "--for", "120"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["promises_broken"] == []
    assert figures["stored"] == figures["check_ins"] == figures["taps"] - sum(figures["refusals"].values())
    assert figures["refusals"] == {"MALFORMED": 1, "REPEATED": 1}
    assert figures["false_notices"] == 0
    assert figures["untapped_notices"] == figures["corrections"] == 1
    assert figures["undecided_at_cutoff"] > 0
    assert figures["undecided_left"] == 0
    assert figures["absent"] == 7


@pytest.mark.timeout(180)
def test_programs_killed_in_the_middle_store_every_recorded_tap_once(rehearsal: Rehearsal) -> None:
    _play_killed(rehearsal, front=2, collector=3, back=4.5)


@pytest.mark.soak
@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(10))
def test_programs_killed_at_any_moment_store_every_recorded_tap_once(rehearsal: Rehearsal, seed: int) -> None:
    chance = random.Random(seed)
    _play_killed(rehearsal, **{name: chance.uniform(0.3, 6) for name in ("front", "collector", "back")})


def _play_killed(rehearsal: Rehearsal, front: float, collector: float, back: float) -> None:
    """Play six minutes of arrivals; kill and start each program at its minute; hold the disks against each other."""
    day = rehearsal.set_up()
    rehearsal.set_clock(datetime.now(UTC) + _WARM_UP)
    rehearsal.play(day, START + timedelta(minutes=6))
    rehearsal.start_collector()
    for minute, kill in sorted([(front, "front"), (collector, "collector"), (back, "back")]):
        _wait_until(rehearsal, minute)
        _kill(rehearsal, kill)
    _wait_until(rehearsal, 7)

    on_disk = _settled(rehearsal)

    lights = rehearsal.lights()
    lit = sum(lights[signal] for signal in RECORDED)
    assert on_disk > 60
    assert lit <= on_disk
    assert rehearsal.register.stored() == rehearsal.register.stored_once() == on_disk


def _kill(rehearsal: Rehearsal, program: str) -> None:
    if program == "collector":
        rehearsal.kill_collector()
        rehearsal.start_collector()
    else:
        rehearsal.kiosks[program].kill()
        rehearsal.kiosks[program].start()


def _wait_until(rehearsal: Rehearsal, minutes: float) -> None:
    while rehearsal.clock.now() < START + timedelta(minutes=minutes):
        Event().wait(0.05)


def _settled(rehearsal: Rehearsal) -> int:
    """Wait until the collector holds what the kiosks have, and return how many that are."""
    for _ in range(int(_PATIENCE_SECONDS / 0.2)):
        on_disk = sum(check_ins_on_disk(kiosk.outbox) for kiosk in rehearsal.kiosks.values())
        if rehearsal.register.stored() >= on_disk:
            return on_disk
        Event().wait(0.2)
    return on_disk
