"""Ingest from the broker to the receipt: a real broker, a real database, a kiosk on a real line."""

import logging
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import func, select

from collector.broker import BrokerClient, EmbeddedBroker
from collector.db import Database
from collector.errors import DatabaseError
from collector.fleet.service import commission
from collector.ingest.audit import audit
from collector.ingest.service import Ingest
from collector.models import Base, Gate, Kiosk, KioskClaim, Quarantined, check_in
from collector.settings import BrokerSettings
from tests.simulation.kiosk_line import WAIT_SECONDS, KioskLine, free_port
from tests.simulation.manual_clock import ManualClock, boot_id
from tests.simulation.small_kiosk import OPENS_TICKS, WALL_OFFSET, Writing, outbox_id
from tests.simulation.small_school import SmallSchool, store_school
from wire.codec import encode_batch, encode_heartbeat, encode_status
from wire.messages import Claim, ClockQuality, Heartbeat, HeldRange, Lane, SeqRange, Status
from wire.topics import Up, topic


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def kiosks(database: Database, clock: ManualClock, make_school: Callable[..., SmallSchool]) -> None:
    school = make_school()
    with database.transaction() as session:
        gate = session.get_one(Gate, school.gate_ids[0])
        commission(session, "kio-1", gate, Lane.IN, clock.now())


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


class _Ready:
    """Ingest without a broker's thread: messages are handed in, acknowledgements counted."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.client = BrokerClient("127.0.0.1", 1, "collector")
        self.ingest = Ingest(database, clock, self.client, on_commit=lambda: None)
        self.acked: list[int] = []

    def client_waits(self, sent: int) -> bool:
        """Tell whether a message that was handed in is not acknowledged yet."""
        return len(self.acked) < sent

    def hand_in(self, number: int, payload: bytes, leaf: Up = Up.ROWS) -> None:
        self.client.on_message(topic("kio-1", leaf), payload, lambda: self.acked.append(number))


def test_while_the_database_is_away_nothing_is_acknowledged_and_nothing_lost(
    database: Database, clock: ManualClock, kiosks: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ready = _Ready(database, clock)
    with database.transaction() as session:
        session.connection().exec_driver_sql("ALTER TABLE ledger_range RENAME TO ledger_elsewhere")
    for number in range(3):
        ready.hand_in(number, encode_batch(Writing().batch(number * 10 + 1, number * 10 + 9)))
    assert [ready.ingest.step() for _ in range(3)] == [False] * 3
    assert ready.acked == []

    with database.transaction() as session:
        session.connection().exec_driver_sql("ALTER TABLE ledger_elsewhere RENAME TO ledger_range")
    assert ready.ingest.step()

    assert ready.acked == [0, 1, 2]
    assert _count(database) > 0
    told = [record.message for record in caplog.records if record.name == "collector.ingest.service"]
    assert len(told) == 2
    assert told[1] == "The database is back; nothing was lost."


def test_nothing_is_acknowledged_into_a_file_that_is_not_there_any_more(
    database: Database, clock: ManualClock, kiosks: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ready = _Ready(database, clock)
    file, elsewhere = tmp_path / "collector.sqlite", tmp_path / "elsewhere.sqlite"
    file.rename(elsewhere)
    ready.hand_in(0, encode_batch(Writing().batch(1, 9)))
    assert [ready.ingest.step() for _ in range(2)] == [False, False]
    assert ready.acked == []

    elsewhere.rename(file)
    assert ready.ingest.step()

    assert ready.acked == [0]
    assert f"The database {file} was moved, removed or replaced under the running collector" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_broken_database_is_told_once_and_gets_no_message_of_a_kiosk(
    database: Database, clock: ManualClock, kiosks: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ready = _Ready(database, clock)
    ready.hand_in(0, encode_batch(Writing().batch(1, 9)))
    database.close()
    whole = (tmp_path / "collector.sqlite").read_bytes()
    (tmp_path / "collector.sqlite").write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    assert [ready.ingest.step() for _ in range(3)] == [False] * 3
    assert ready.acked == []
    assert caplog.text.count("is broken") == 1
    assert "Traceback" not in caplog.text


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a tiny disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_loses_nothing_and_the_collector_goes_on_when_there_is_room(
    tiny_disk: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(f"sqlite:///{tiny_disk / 'collector.sqlite'}")
    database.create_tables(Base.metadata)
    school = store_school(database)
    with database.transaction() as session:
        commission(session, "kio-1", session.get_one(Gate, school.gate_ids[0]), Lane.IN, clock.now())
    ready = _Ready(database, clock)
    sent = 0
    while not ready.client_waits(sent):
        ready.hand_in(sent, encode_batch(Writing().batch(sent * 500 + 1, sent * 500 + 500)))
        ready.ingest.step()
        sent += 1
    kept = _count(database)
    assert ready.acked == list(range(sent - 1))
    assert [ready.ingest.step() for _ in range(2)] == [False, False]

    subprocess.run(["mount", "-o", "remount,size=20m", tiny_disk], check=True)
    assert ready.ingest.step()

    assert ready.acked == list(range(sent))
    assert _count(database) > kept
    assert f"The disk of {tiny_disk} is full: free some space." in caplog.text
    database.close()


def test_a_message_that_cannot_be_stored_is_put_aside_and_holds_up_no_other(
    database: Database, clock: ManualClock, kiosks: None
) -> None:
    ready = _Ready(database, clock)
    with database.transaction() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER stumble BEFORE INSERT ON check_in WHEN new.seq = 15 BEGIN SELECT RAISE(ABORT, 'no 15'); END"
        )
    for number in range(3):
        ready.hand_in(number, encode_batch(Writing().batch(number * 10 + 1, number * 10 + 9)))

    assert ready.ingest.step()

    assert ready.acked == [0, 1, 2]
    with database.reading() as session:
        assert session.scalars(select(Quarantined.payload)).all() == [encode_batch(Writing().batch(11, 19))]
        assert sorted(session.scalars(select(check_in.c.seq)))[:10] == [*range(1, 10), 21]


def test_nothing_is_acknowledged_before_it_is_committed(database: Database, clock: ManualClock, kiosks: None) -> None:
    ready = _Ready(database, clock)
    seen: list[int] = []
    payload = encode_batch(Writing().batch(1, 9))
    ready.client.on_message(topic("kio-1", Up.ROWS), payload, lambda: seen.append(_count(database)))

    assert ready.ingest.step()
    assert seen == [9]


def test_a_reader_that_waits_for_room_lets_go_when_the_client_stops(
    database: Database, clock: ManualClock, kiosks: None
) -> None:
    ready = _Ready(database, clock)
    payload = encode_batch(Writing().batch(1, 1000))

    def read() -> None:
        for number in range(102):
            ready.hand_in(number, payload)

    reader = Thread(target=read)
    reader.start()
    reader.join(0.5)
    assert reader.is_alive()
    ready.client.stop()
    reader.join(WAIT_SECONDS)

    assert not reader.is_alive()
    assert ready.acked == []


def test_a_full_inbox_makes_the_reader_wait_until_there_is_room(
    database: Database, clock: ManualClock, kiosks: None
) -> None:
    ready = _Ready(database, clock)
    payload = encode_batch(Writing().batch(1, 1000))
    for number in range(100):
        ready.hand_in(number, payload)
    reader = Thread(target=ready.hand_in, args=(100, payload))
    reader.start()
    reader.join(0.2)
    assert reader.is_alive()

    while ready.ingest.step():
        pass
    reader.join(WAIT_SECONDS)
    ready.ingest.step()

    assert not reader.is_alive()
    assert ready.acked == list(range(101))
    with pytest.raises(DatabaseError), database.reading() as session:
        session.connection().exec_driver_sql("SELECT nothing FROM nowhere")
