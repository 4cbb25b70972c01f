"""A whole kiosk whose loop a test turns by hand, with a light that looks at the disk and a disk that can fail."""

import sqlite3
from contextlib import closing
from pathlib import Path

from edge.checkin import Place
from edge.clock import KioskClock
from edge.devices.simulated import ShownCamera
from edge.errors import OutboxError
from edge.gatebook import GateBookKeeper
from edge.health import Heartbeats, Sight, Tally
from edge.kiosk import Kiosk, Parts
from edge.outbox import Outbox
from edge.ports import ClockReading, Signal
from edge.scanner import HoldTracker, Scanner
from edge.settings import BrokerSettings
from edge.uplink import Uplink
from tests.simulation.manual_clock import ManualClock
from wire.messages import BadRow, CheckIn, Lane, Row, SightSpan


class WatchedLight:
    """A light that looks at the disk, through a connection of its own, at the instant it is lit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.events: list[tuple[Signal, int]] = []

    def show(self, signal: Signal) -> None:
        with closing(sqlite3.connect(self._path)) as connection:
            (rows,) = connection.execute("SELECT count(*) FROM row WHERE kind = 0").fetchone()
        self.events.append((signal, rows))

    def close(self) -> None:
        """Nothing is lit any more."""

    @property
    def signals(self) -> list[Signal]:
        return [signal for signal, _ in self.events]


class Disk:
    """Stands before the outbox; refuses while `failure` is set."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.failure: OutboxError | None = None

    def append(self, row: Row, reading: ClockReading) -> int:
        if self.failure:
            raise self.failure
        return self._outbox.append(row, reading)

    def __getattr__(self, name: str) -> object:
        return getattr(self._outbox, name)


class Gate:
    """A kiosk whose loop the test turns by hand."""

    def __init__(
        self,
        outbox: Outbox,
        path: Path,
        clock: ManualClock,
        camera: ShownCamera | None = None,
        scanner: Scanner | None = None,
    ) -> None:
        self.clock, self.outbox, self.disk = clock, outbox, Disk(outbox)
        self.camera, self.light = camera or ShownCamera(clock, 120), WatchedLight(path)
        self.books, self.tally, self.said = GateBookKeeper("http://127.0.0.1:1"), Tally(), list[str]()
        kiosk_clock = KioskClock(clock)
        self.sight = sight = Sight(self.disk, kiosk_clock, Lane.IN, 500)  # type: ignore[arg-type]
        beats = Heartbeats(
            kiosk_id="kl-front-1", outbox=outbox, clock=kiosk_clock, sight=sight, book=lambda: self.books.view,
            tally=self.tally, folder=path.parent, version="1",
        )  # fmt: skip
        uplink = Uplink(
            kiosk_id="kl-front-1", settings=BrokerSettings("127.0.0.1", 1), outbox=outbox, clock=kiosk_clock,
            beats=beats, on_manifest=self.books.announce, say=self.said.append,
        )  # fmt: skip
        self.kiosk = Kiosk(
            Parts(
                self.camera, scanner or Scanner(), HoldTracker(), self.light, self.disk, kiosk_clock, self.books,  # type: ignore[arg-type]
                sight, self.tally, uplink, Place(Lane.IN, 3000), self.said.append,
            )
        )  # fmt: skip

    def look(self, frames: int = 6) -> None:
        for _ in range(frames):
            self.clock.advance(0.1)
            self.kiosk.look()

    def hold_up(self, text: str) -> None:
        """Hold a card up until it was seen, take it away, and let two seconds pass."""
        self.camera.show(text)
        self.look()
        self.camera.clear()
        self.look(20)

    def spans(self) -> list[tuple[int, int]]:
        """Return the spans of sight that ended."""
        return [(row.start, row.at) for row in self.rows() if isinstance(row, SightSpan)]

    def check_ins(self) -> list[CheckIn]:
        return [row for row in self.rows() if isinstance(row, CheckIn)]

    def rows(self) -> list[Row | BadRow]:
        return [row for batch in self.outbox.pending_batches(1000, 1000) for row in batch.rows]
