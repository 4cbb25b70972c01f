"""A collector whose workers are stepped by hand, on a real line to a real broker; only Telegram is a recording."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

from collector.absence.sweep import Sweep
from collector.attendance.follower import Follower
from collector.broker import BrokerClient
from collector.cards.publisher import GateBookPublisher
from collector.db import Database
from collector.ingest.service import Ingest
from collector.notify.preview import PreviewChannel
from collector.notify.worker import Dispatcher
from tests.simulation.decided_school import QUIET, ZONE, RecordingChannel
from tests.simulation.manual_clock import ManualClock

_PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.004


class SteppedCollector:
    """All workers of the embedded collector but its threads."""

    def __init__(self, database: Database, clock: ManualClock, client: BrokerClient) -> None:
        self.clock, self.channel = clock, RecordingChannel()
        self.ingest = Ingest(database, clock, client, on_commit=lambda: None)
        self.follower = Follower(database, ZONE)
        self.sweep = Sweep(database, clock, ZONE)
        self.dispatcher = Dispatcher(
            database, clock, {"preview": PreviewChannel(), "telegram": self.channel}, QUIET
        )  # fmt: skip
        self.books = GateBookPublisher(database, clock, ZONE, client.publish)

    def step(self) -> None:
        """Let every worker do what it can now; what is sent takes its time."""
        self.books.step()
        for worker in (self.ingest, self.follower, self.sweep):
            while worker.step():
                pass
        while self.dispatcher.step():
            self.clock.advance(1.1)

    def until(self, is_so: Callable[[], bool]) -> None:
        """Step until something is so, letting a little time pass at each look; fail when it never is."""
        for _ in range(round(_PATIENCE_SECONDS / _LOOK_SECONDS)):
            self.step()
            if is_so():
                return
            Event().wait(_LOOK_SECONDS)
            self.clock.advance(0.05)
        raise AssertionError("it never became so")


@contextmanager
def stepped_collector(database: Database, clock: ManualClock, broker_port: int) -> Iterator[SteppedCollector]:
    """Yield a collector that is connected to the broker on this port."""
    client, is_up = BrokerClient("127.0.0.1", broker_port, "collector"), Event()
    collector = SteppedCollector(database, clock, client)
    client.on_connect = is_up.set
    with client:
        if not is_up.wait(_PATIENCE_SECONDS):
            raise AssertionError("the collector did not reach the broker")
        yield collector
