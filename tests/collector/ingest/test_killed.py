"""A collector killed at the worst moment: after the commit, before the broker and the kiosk hear of it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import func, select

from collector.broker import BrokerClient, EmbeddedBroker
from collector.db import Database
from collector.fleet.service import commission
from collector.ingest.audit import audit
from collector.ingest.service import Ingest
from collector.models import Gate, check_in
from collector.settings import BrokerSettings
from tests.simulation.kiosk_line import WAIT_SECONDS, KioskLine, free_port
from tests.simulation.manual_clock import ManualClock, boot_id
from tests.simulation.small_kiosk import Writing
from tests.simulation.small_school import SmallSchool
from wire.messages import HeldRange, Lane

DOOMED = """
import os, signal, sys
from threading import Event
from collector.broker import BrokerClient
from collector.db import Database
from collector.ingest.service import Ingest
from wire.clock import SystemClock

client, wake, is_up = BrokerClient("127.0.0.1", int(sys.argv[2]), "collector"), Event(), Event()
ingest = Ingest(Database(sys.argv[1]), SystemClock(), client, on_commit=lambda: os.kill(os.getpid(), signal.SIGKILL))
ingest.on_arrival, client.on_connect = wake.set, is_up.set
with client:
    is_up.wait()
    print("ready", flush=True)
    while True:
        wake.wait()
        wake.clear()
        ingest.step()
"""


def test_a_collector_killed_between_commit_and_acknowledgement_stores_each_row_once(
    database: Database, clock: ManualClock, make_school: Callable[..., SmallSchool], tmp_path: Path
) -> None:
    school, port = make_school(), free_port()
    with database.transaction() as session:
        commission(session, "kio-1", session.get_one(Gate, school.gate_ids[0]), Lane.IN, clock.now())

    with EmbeddedBroker(BrokerSettings(port=port), tmp_path / "broker"), KioskLine(port) as line:
        with _doomed(database, port) as collector:
            line.send(Writing().batch(1, 9))
            assert collector.wait(10) == -9
        assert _count(database) == 9
        assert line.receipt(0.2) is None

        with _Living(database, clock, port):
            line.send(Writing().batch(1, 5))
            line.send(Writing().batch(6, 9))
            receipt = line.receipt()

    assert receipt is not None
    assert receipt.held == (HeldRange(1, 9, boot_id("first")),)
    assert _count(database) == 9


def _doomed(database: Database, port: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", DOOMED, str(database._writer.url), str(port)]
    collector = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert collector.stdout is not None
    assert collector.stdout.readline() == "ready\n"
    return collector


class _Living:
    def __init__(self, database: Database, clock: ManualClock, port: int) -> None:
        self._client = BrokerClient("127.0.0.1", port, "collector")
        self._ingest = Ingest(database, clock, self._client, on_commit=lambda: None)
        self._is_over, self._is_up = False, Event()
        self._client.on_connect = self._is_up.set
        self._clock = clock
        self._worker = Thread(target=self._work)

    def _work(self) -> None:
        while not self._is_over:
            if not self._ingest.step():
                self._clock.wait_real(0.01)

    def __enter__(self) -> None:
        self._client.start()
        assert self._is_up.wait(WAIT_SECONDS)
        self._worker.start()

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._worker.join()
        self._client.stop()


def _count(database: Database) -> int:
    with database.reading() as session:
        assert audit(session) == []
        return session.scalar(select(func.count()).select_from(check_in)) or 0
