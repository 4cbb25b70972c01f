"""`make run` in people's hands: typed twice, closed with its terminal, given nonsense."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def _begin(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.simulation.morning", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_morning_leaves_the_files_of_the_first_alone(tmp_path: Path) -> None:
    kept = tmp_path / "build" / "morning" / "outbox.sqlite"
    kept.parent.mkdir(parents=True)
    kept.touch()
    with (tmp_path / "build" / "morning.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = _begin(tmp_path)
        _, complaint = second.communicate(timeout=15)

    assert second.returncode == 1
    assert "another one runs in build/morning" in complaint
    assert kept.exists()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_morning_ends_in_order_however_it_is_told_to(tmp_path: Path, ending: signal.Signals) -> None:
    morning = _begin(tmp_path)
    assert morning.stdout is not None
    assert morning.stdout.readline().startswith("Setting up")
    morning.send_signal(ending)
    told, complaint = morning.communicate(timeout=15)

    assert morning.returncode == 0, complaint
    assert "Stopping" in told
    assert "Traceback" not in complaint


def test_a_length_that_is_no_number_is_answered_in_one_sentence(tmp_path: Path) -> None:
    morning = _begin(tmp_path, "--for", "abc")
    _, complaint = morning.communicate(timeout=15)

    assert morning.returncode == 2
    assert complaint.count("\n") == 1
    assert "FOR takes a number of seconds" in complaint
