"""The guard holds the button: the kiosk's last word closes the gate, and silence after it is no fault of anybody."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from collector.broker.embedded import EmbeddedBroker
from collector.db import Database
from collector.fleet.views import Diagnosis
from collector.models import Base
from collector.settings import BrokerSettings as CollectorsBroker
from edge.checkin import Place
from edge.clock import KioskClock
from edge.devices.simulated import RecordingIndicator, ShownCamera, SimulatedButton
from edge.gatebook import GateBookKeeper
from edge.health import Heartbeats, Sight, Tally
from edge.kiosk import Kiosk, Parts
from edge.outbox import open_outbox
from edge.ports import Signal
from edge.scanner import HoldTracker, Scanner
from edge.settings import BrokerSettings
from edge.uplink import Uplink
from tests.edge.uplink.collector import Collector, next_of
from tests.simulation.manual_clock import ManualClock
from tests.simulation.programs import free_port
from tests.simulation.small_morning import Morning
from tests.simulation.small_school import store_school
from wire.messages import Lane

KIOSK_ID = "kio-1"
PATIENCE_LOOKS = 5000


class Gate:
    """A kiosk that runs by itself, with a button, before a real broker."""

    def __init__(self, folder: Path, clock: ManualClock, port: int) -> None:
        self.clock, self.light, self.button = clock, RecordingIndicator(), SimulatedButton(clock.boot_ticks)
        self.said: list[str] = []
        outbox = open_outbox(folder / "outbox.sqlite", "board-1", clock.now())
        kiosk_clock, tally, books = KioskClock(clock), Tally(), GateBookKeeper("http://127.0.0.1:1")
        self.sight = sight = Sight(outbox, kiosk_clock, Lane.IN, 500)
        beats = Heartbeats(
            kiosk_id=KIOSK_ID, outbox=outbox, clock=kiosk_clock, sight=sight, book=lambda: books.view, tally=tally,
            folder=folder, version="1",
        )  # fmt: skip
        uplink = Uplink(
            kiosk_id=KIOSK_ID, settings=BrokerSettings("127.0.0.1", port, 0.5), outbox=outbox, clock=kiosk_clock,
            beats=beats, on_manifest=books.announce, say=self.said.append,
        )  # fmt: skip
        self.kiosk = Kiosk(
            Parts(
                ShownCamera(clock, 120), Scanner(), HoldTracker(), self.light, outbox, kiosk_clock, books, sight, tally,
                uplink, Place(Lane.IN, 3000), self.said.append, self.button,
            )
        )  # fmt: skip
        self._thread = Thread(target=self.kiosk.run, daemon=True)

    def live_until(self, is_so: Callable[[], bool]) -> None:
        """Let time pass until it is so."""
        if not self._thread.ident:
            self._thread.start()
        for _ in range(PATIENCE_LOOKS):
            if is_so():
                return
            self.clock.advance(0.02)
            Event().wait(0.002)
        raise AssertionError("it never came to be so")

    def has_ended(self) -> bool:
        """Tell whether `run` returned."""
        return not self._thread.is_alive()


class Ground:
    """A school with one gate: its kiosk, a broker between, and the collector's own tables."""

    def __init__(self, folder: Path, clock: ManualClock, database: Database, port: int) -> None:
        self.morning = Morning(database, clock, store_school(database))
        self.collector, self.gate = Collector(port), Gate(folder, clock, port)

    def end(self) -> None:
        """Wait until the kiosk ended, and let the collector take all that it said."""
        self.gate.live_until(self.gate.has_ended)
        last = next_of(self.collector.statuses, lambda status: not status.online)
        self.deliver()
        self.morning.take(last, KIOSK_ID)

    def deliver(self) -> None:
        """Let the collector take all that arrived."""
        for arrived in (self.collector.batches, self.collector.heartbeats, self.collector.statuses):
            while not arrived.empty():
                self.morning.take(arrived.get(), KIOSK_ID)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    number = free_port()
    with EmbeddedBroker(CollectorsBroker(port=number), tmp_path / "broker"):
        yield number


@pytest.fixture
def ground(tmp_path: Path, port: int) -> Iterator[Ground]:
    database = Database(f"sqlite:///{tmp_path / 'collector.sqlite'}")
    database.create_tables(Base.metadata)
    made = Ground(tmp_path, ManualClock(), database, port)
    made.gate.live_until(lambda: not made.collector.heartbeats.empty() and made.gate.sight.frames > 1)
    made.deliver()
    yield made
    made.gate.kiosk.stop()
    made.gate.live_until(made.gate.has_ended)
    made.collector.close()
    database.close()


def test_the_button_held_closes_the_gate_on_the_dashboard(ground: Ground) -> None:
    ground.gate.button.press()
    ground.end()

    assert ground.morning.gate().diagnosis is Diagnosis.CLOSED
    assert not ground.morning.gate().is_online
    assert ground.gate.kiosk.is_closed
    assert ground.gate.light.shown[-1] is Signal.CLOSED
    assert ground.gate.said == []


def test_a_stop_without_the_button_stays_silence(ground: Ground) -> None:
    ground.gate.kiosk.stop()
    ground.end()

    assert ground.morning.gate().diagnosis is Diagnosis.SILENT
    assert not ground.gate.kiosk.is_closed


@pytest.mark.parametrize("was_connected", [True, False])
def test_a_day_ended_without_a_connection_is_said(tmp_path: Path, *, was_connected: bool) -> None:
    port = free_port()
    gate = Gate(tmp_path, ManualClock(), port)
    if was_connected:
        with EmbeddedBroker(CollectorsBroker(port=port), tmp_path / "broker"):
            collector = Collector(port)
            gate.live_until(lambda: not collector.heartbeats.empty())
            collector.close()
    gate.live_until(lambda: len(gate.said) == 1)
    gate.kiosk.close_day()
    gate.live_until(gate.has_ended)

    assert gate.said[1].startswith("The day was ended without a connection")
