"""Ingest when the database is away, full, gone or broken, or the inbox full: it acknowledges only what is safe."""

import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select

from collector.broker import BrokerClient
from collector.db import Database
from collector.errors import DatabaseError
from collector.fleet.service import commission
from collector.ingest.audit import audit
from collector.ingest.service import Ingest
from collector.models import Base, Gate, Quarantined, check_in
from tests.simulation.kiosk_line import WAIT_SECONDS
from tests.simulation.manual_clock import ManualClock
from tests.simulation.small_kiosk import Writing
from tests.simulation.small_school import store_school
from wire.codec import encode_batch
from wire.messages import Lane
from wire.topics import Up, topic


def _count(database: Database) -> int:
    with database.reading() as session:
        assert audit(session) == []
        return session.scalar(select(func.count()).select_from(check_in)) or 0


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
