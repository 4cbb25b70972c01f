"""A real broker, a client at its other end, and a kiosk's uplink between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.broker.embedded import EmbeddedBroker
from collector.settings import BrokerSettings as CollectorsBroker
from edge.clock import KioskClock
from edge.gatebook import GateBookView
from edge.health import Heartbeats, Sight, Tally
from edge.outbox import Outbox
from edge.settings import BrokerSettings
from edge.uplink import Uplink
from tests.edge.uplink.collector import Collector
from tests.simulation.manual_clock import ManualClock
from tests.simulation.programs import free_port
from wire.messages import Lane, Manifest

KIOSK_ID = "kl-front-1"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A broker's port on loopback."""
    port = free_port()
    with EmbeddedBroker(CollectorsBroker(port=port), Path(tmp_path_factory.mktemp("broker"))):
        yield port


@pytest.fixture
def collector(broker: int) -> Iterator[Collector]:
    other_end = Collector(broker)
    yield other_end
    other_end.close()


class Ground:
    """An uplink with all that stands around it."""

    def __init__(self, outbox: Outbox, clock: KioskClock, port: int, folder: Path) -> None:
        self.outbox, self.clock = outbox, clock
        self.said: list[str] = []
        self.manifests: list[Manifest] = []
        self.book = GateBookView()
        self.sight = Sight(outbox, clock, Lane.IN, 500)
        self.beats = Heartbeats(
            kiosk_id=KIOSK_ID, outbox=outbox, clock=clock, sight=self.sight, book=lambda: self.book, tally=Tally(),
            folder=folder, version="1",
        )  # fmt: skip
        self.uplink = Uplink(
            kiosk_id=KIOSK_ID, settings=BrokerSettings("127.0.0.1", port, 0.5), outbox=outbox, clock=clock,
            beats=self.beats, on_manifest=self.manifests.append, say=self.said.append,
        )  # fmt: skip


@pytest.fixture
def ground(
    outbox: Outbox, kiosk_clock: KioskClock, broker: int, tmp_path: Path, clock: ManualClock
) -> Iterator[Ground]:
    made = Ground(outbox, kiosk_clock, broker, tmp_path)
    yield made
    made.uplink.stop()
