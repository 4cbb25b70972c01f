"""A kiosk that nothing brings back gets a new boot: after five minutes, three times a day, never against a person."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from edge.health.ladder import REBOOT, Places, climb, is_reboot_wanted
from tests.simulation.manual_clock import MONDAY_0640

NOW = MONDAY_0640


class Computer:
    """A computer that boots when it is told to, and keeps only its disk."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(folder / "run", folder / "state")
        self.places.runtime.mkdir()
        self.unit, self.now, self.up_seconds, self.boots = "active", NOW, 60.0, 0

    def works(self) -> None:
        """Let the kiosk work at this moment."""
        (self.places.runtime / "progress").write_text(f"{self.up_seconds:.0f}", encoding="ascii")

    def live(self, minutes: int) -> int:
        """Look each minute; return how often the computer booted."""
        before = self.boots
        for _ in range(minutes):
            self.up_seconds += 60
            self.now += timedelta(minutes=1)
            climb(self.places, self._run, self.up_seconds, self.now)
        return self.boots - before

    def _run(self, words: Sequence[str]) -> str:
        if tuple(words) == REBOOT:
            told = (self.places.state / "reboots").read_text(encoding="ascii").splitlines()
            assert told[-1] == self.now.isoformat(), "the try must be on the disk before it is made"
            self.boots, self.up_seconds = self.boots + 1, 0.0
            (self.places.runtime / "progress").unlink(missing_ok=True)
        return f"{self.unit}\n"


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def test_a_kiosk_that_works_is_left_alone(computer: Computer) -> None:
    for _ in range(100):
        computer.works()
        assert computer.live(4) == 0


def test_five_minutes_without_work_boot_the_computer_but_three_times_a_day_only(computer: Computer) -> None:
    computer.works()
    assert computer.live(4) == 0
    assert computer.live(1) == 1
    assert computer.live(60) == 2
    assert computer.live(20 * 60) == 0
    assert computer.live(4 * 60) == 3


@pytest.mark.parametrize(("unit", "boots"), [("inactive", 0), ("failed", 1), ("deactivating", 1), ("activating", 1)])
def test_a_kiosk_that_somebody_stopped_is_no_reason(computer: Computer, unit: str, boots: int) -> None:
    computer.unit = unit

    assert computer.live(8) == boots


def test_a_clock_set_back_gives_no_more_boots(computer: Computer) -> None:
    assert computer.live(30) == 3

    computer.now -= timedelta(days=400)
    assert computer.live(60) == 0
    assert is_reboot_wanted("failed", 300, [NOW + timedelta(days=9)] * 2, NOW)
    assert not is_reboot_wanted("failed", 300, [NOW + timedelta(days=9)] * 3, NOW)


def test_a_damaged_count_does_not_stop_it(computer: Computer) -> None:
    computer.places.state.mkdir()
    (computer.places.state / "reboots").write_bytes(b"\xff\0")

    assert computer.live(8) == 1
