"""Ingest from the broker to the receipt: a real broker, a real database, a kiosk on a real line."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import func, select

from collector.broker import BrokerClient, EmbeddedBroker
from collector.db import Database
from collector.ingest.audit import audit
from collector.ingest.service import Ingest
from collector.models import Kiosk, KioskClaim, Quarantined, check_in
from collector.settings import BrokerSettings
from tests.simulation.kiosk_line import WAIT_SECONDS, KioskLine, free_port
from tests.simulation.manual_clock import ManualClock, boot_id
from tests.simulation.small_kiosk import OPENS_TICKS, WALL_OFFSET, Writing, outbox_id
from wire.codec import encode_heartbeat, encode_status
from wire.messages import Claim, ClockQuality, Heartbeat, HeldRange, SeqRange, Status
from wire.topics import Up


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def ingest(database: Database, clock: ManualClock, port: int, tmp_path: Path, kiosks: None) -> Iterator[Ingest]:
    """Ingest with its own thread, woken by arrivals and by the test's clock."""
    client, is_up, stopping, wake = BrokerClient("127.0.0.1", port, "collector"), Event(), Event(), Event()
    ingest = Ingest(database, clock, client, on_commit=lambda: None)
    ingest.on_arrival = wake.set
    client.on_connect = is_up.set

    def work() -> None:
        while not stopping.is_set():
            wake.clear()
            if not ingest.step():
                clock.wait(0.5, wake)

    with EmbeddedBroker(BrokerSettings(port=port), tmp_path / "broker"), client:
        assert is_up.wait(WAIT_SECONDS)
        worker = Thread(target=work)
        worker.start()
        yield ingest
        stopping.set()
        wake.set()
        worker.join()


def _count(database: Database) -> int:
    with database.reading() as session:
        assert audit(session) == []
        return session.scalar(select(func.count()).select_from(check_in)) or 0


def _heartbeat(through: int, seq: int) -> Heartbeat:
    claim = Claim(outbox_id("A"), through, seq, boot_id("first"))
    return Heartbeat(
        boot_id("first"), OPENS_TICKS, WALL_OFFSET, ClockQuality.NTP, (claim,), backlog=7, oldest_kept_seq=1,
        sighted=True, frames_per_second=15.0, taps=20, refusals=1, disk_free_bytes=10**9, gate_book_revision=3,
        version="1",
    )  # fmt: skip


def test_a_batch_is_answered_by_a_receipt_of_what_is_held(
    ingest: Ingest, database: Database, port: int, clock: ManualClock
) -> None:
    with KioskLine(port) as line:
        line.send(Writing().batch(1, 9))
        receipt = line.receipt()

    assert receipt is not None
    assert receipt.held == (HeldRange(1, 9, boot_id("first")),)
    assert (receipt.outbox_id, receipt.revision, receipt.forked) == (outbox_id("A"), 1, ())
    assert receipt.utc_ms == round(clock.now().timestamp() * 1000)
    assert _count(database) == 9


def test_receipts_wait_for_two_seconds_of_the_clock_and_then_speak_of_all(
    ingest: Ingest, port: int, clock: ManualClock
) -> None:
    with KioskLine(port) as line:
        line.send(Writing().batch(1, 9))
        assert line.receipt() is not None
        line.send(Writing().batch(10, 19))
        line.send(Writing().batch(20, 29))
        assert line.receipt(0.4) is None
        clock.advance(2)
        receipt = line.receipt()

    assert receipt is not None
    assert receipt.held == (HeldRange(1, 29, boot_id("first")),)


def test_a_fork_is_told_at_once(ingest: Ingest, port: int) -> None:
    with KioskLine(port) as line:
        line.send(Writing().batch(1, 20))
        assert line.receipt() is not None
        line.send(Writing(boot="copy").batch(15, 25))
        receipt = line.receipt()

    assert receipt is not None
    assert receipt.forked == (SeqRange(15, 20),)
    assert HeldRange(21, 25, boot_id("copy")) in receipt.held


def test_no_time_is_given_while_our_own_clock_is_not_synchronised(
    ingest: Ingest, port: int, clock: ManualClock
) -> None:
    clock.trust(ClockQuality.RTC)
    with KioskLine(port) as line:
        line.send(Writing().batch(1, 3))
        receipt = line.receipt()

    assert receipt is not None
    assert receipt.utc_ms is None


def test_what_does_not_decode_is_put_aside_and_the_next_batch_is_taken(
    ingest: Ingest, database: Database, port: int
) -> None:
    with KioskLine(port) as line:
        line.send_raw(Up.ROWS, b"\xff" * 30)
        line.send(Writing().batch(1, 9))
        assert line.receipt() is not None

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Quarantined)) == 1
    assert _count(database) == 9


def test_a_heartbeat_is_kept_with_its_claim_after_the_rows_before_it(
    ingest: Ingest, database: Database, port: int
) -> None:
    with KioskLine(port) as line:
        line.send(Writing().batch(1, 9))
        line.send_raw(Up.HEARTBEAT, encode_heartbeat(_heartbeat(OPENS_TICKS - 100, 9)))
        line.send_raw(Up.STATUS, encode_status(Status(outbox_id("A"), boot_id("first"), 1, online=True)))
        line.send(Writing(boot="copy").batch(9, 9))
        while (receipt := line.receipt()) is not None and not receipt.forked:
            pass

    with database.reading() as session:
        kiosk = session.get_one(Kiosk, "kio-1")
        assert (kiosk.is_online, kiosk.report["backlog"]) == (True, 7)
        assert [(claim.seq, claim.clock_error_seconds) for claim in session.scalars(select(KioskClaim))] == [(9, 0.0)]
