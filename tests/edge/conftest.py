"""What most tests of the kiosk need: a clock that stands still and a fresh outbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.clock import KioskClock
from edge.outbox import Outbox
from tests.edge.makers import opened
from tests.simulation.manual_clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def kiosk_clock(clock: ManualClock) -> KioskClock:
    return KioskClock(clock)


@pytest.fixture
def outbox_path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite"


@pytest.fixture
def outbox(outbox_path: Path, clock: ManualClock) -> Iterator[Outbox]:
    box = opened(outbox_path, clock)
    yield box
    box.close()
