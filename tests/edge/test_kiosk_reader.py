"""A kiosk that has a reader instead of a camera: its texts are taps, and its answers are what it saw."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.devices.fake_reader import FakeReader
from edge.devices.reader import SerialReader
from edge.outbox import Outbox
from edge.ports import Signal
from edge.scanner import HoldTracker
from tests.edge.gate import Gate
from tests.simulation.manual_clock import ManualClock
from wire.card import card_of

CARD = "S0123456789ABCDE"


class ReaderGate(Gate):
    """A gate whose clock goes on by a second with each turn of the loop."""

    def __init__(self, outbox: Outbox, path: Path, clock: ManualClock) -> None:
        self.device = FakeReader(path.parent / "usb-reader")
        self.reader = SerialReader(self.device.path, clock, query_seconds=0.03)
        super().__init__(outbox, path, clock, self.reader)  # type: ignore[arg-type]
        self.kiosk._parts = self.kiosk._parts._replace(holds=HoldTracker(200, 1))

    def turn(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1)
            self.kiosk.look()


@pytest.fixture
def gate(outbox: Outbox, outbox_path: Path, clock: ManualClock) -> Iterator[ReaderGate]:
    made = ReaderGate(outbox, outbox_path, clock)
    made.turn(4)
    yield made
    made.reader.close()
    made.device.unplug()


def test_a_card_before_the_reader_turns_the_light_green_and_is_on_the_disk(gate: ReaderGate) -> None:
    gate.device.hold_up(CARD)
    gate.turn(3)

    assert gate.light.events[0] == (Signal.ACCEPTED, 1)
    assert [row.tag for row in gate.check_ins()] == [card_of(CARD).tag]


def test_a_card_that_the_reader_says_each_second_is_one_tap(gate: ReaderGate) -> None:
    for _ in range(5):
        gate.device.hold_up(CARD)
        gate.turn(1)

    assert gate.tally.taps == 1


def test_a_foreign_code_is_refused_and_nowhere_on_the_disk(gate: ReaderGate, outbox_path: Path) -> None:
    gate.device.hold_up("HTTP://EXAMPLE.ORG/SECRET")
    gate.device.hold_up("សួស្តី")
    gate.turn(4)

    assert gate.light.signals[:2] == [Signal.MALFORMED, Signal.MALFORMED]
    assert not any(b"SECRET" in path.read_bytes() for path in outbox_path.parent.iterdir() if path.is_file())


def test_sight_goes_as_far_as_the_readers_answers_and_not_over_the_time_it_was_unplugged(gate: ReaderGate) -> None:
    gate.turn(20)
    unplugged = gate.clock.boot_ticks()
    gate.device.unplug()
    gate.turn(30)
    assert Signal.BLIND in gate.light.signals
    assert "The reader does not answer" in " ".join(gate.said)
    plugged = gate.clock.boot_ticks()
    gate.device.plug_in()
    gate.turn(30)
    gate.kiosk._parts.sight.finish()

    before, after = gate.spans()
    assert before[1] <= unplugged
    assert plugged <= after[0] < after[1]
    assert gate.light.signals[-1] is Signal.IDLE
