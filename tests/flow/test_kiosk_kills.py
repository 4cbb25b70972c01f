"""Kiosk and broker are killed in the middle of a morning: each tap that was shown green is stored, and stored once."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import connect
from threading import Event

import pytest

from collector.broker.embedded import EmbeddedBroker
from collector.settings import BrokerSettings
from edge.outbox import peek
from tests.edge.makers import tags_in
from tests.edge.uplink.collector import Collector
from tests.simulation.programs import free_port
from wire.card import card_of, new_number
from wire.messages import CheckIn

START = datetime(2025, 1, 5, 23, 40, tzinfo=UTC)
CHILDREN = 24
PATIENCE_SECONDS = 40.0
SETTINGS = """
kiosk_id = "kl-front-1"
lane = "IN"
data_folder = "."
collector_url = "http://127.0.0.1:1"
broker = {{ host = "127.0.0.1", port = {port}, reconnect_max_seconds = 0.5 }}
camera = {{ source = "scene:scene.jsonl", progress = "progress.json", frames_per_second = 30.0 }}
indicator = {{ record = "lights.jsonl" }}
judge = {{ repeat_window_seconds = 600.0 }}
board = {{ serial = "board-1" }}
clock = {{ simulation = {{ start = {start}, started_at = {started_at}, speed = 10.0 }} }}
"""


class Gate:
    """A kiosk as a process of its own, before a scene in which children come one after the other."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.cards = [new_number() for _ in range(CHILDREN)]
        lines = [
            {"at": (START + timedelta(seconds=30 + 4 * place)).isoformat(), "card": card, "hold_seconds": 1.0}
            for place, card in enumerate(self.cards)
        ]
        (folder / "scene.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        settings = SETTINGS.format(port=port, start=START.isoformat(), started_at=datetime.now(UTC).isoformat())
        (folder / "kiosk.toml").write_text(settings, encoding="utf-8")
        self._process = self._started()

    def kill(self) -> None:
        """Kill the kiosk and start it again."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = self._started()

    def stop(self) -> int:
        """Tell the kiosk to stop; return its status."""
        self._process.terminate()
        return self._process.wait(10)

    def close(self) -> None:
        """Kill the kiosk if it still runs."""
        self._process.kill()
        self._process.wait()

    def lights(self) -> list[str]:
        """Return what was shown."""
        path = self.folder / "lights.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line)["signal"] for line in lines]

    def stored(self) -> int:
        """Return how many check-ins are on the disk."""
        with closing(connect(self.folder / "outbox.sqlite")) as connection:
            return int(connection.execute("SELECT count(*) FROM row WHERE kind = 0").fetchone()[0])

    def _started(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "kiosk.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "edge", "run", "--config", "kiosk.toml"], stderr=log, cwd=self.folder
            )


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def broker(port: int, tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(BrokerSettings(port=port), tmp_path / "broker") as running:
        yield running


@pytest.fixture
def collector(broker: EmbeddedBroker, port: int) -> Iterator[Collector]:
    with closing(Collector(port)) as other_end:
        yield other_end


@pytest.fixture
def gate(collector: Collector, port: int, tmp_path: Path) -> Iterator[Gate]:
    with closing(Gate(tmp_path, port)) as made:
        yield made


def become(is_so: Callable[[], bool], gate: Gate) -> None:
    """Wait until something is so."""
    for _ in range(round(PATIENCE_SECONDS / 0.05)):
        if is_so():
            return
        Event().wait(0.05)
    pytest.fail(f"it never became so: {(gate.folder / 'kiosk.log').read_text(encoding='utf-8')[-2000:]}")


@pytest.mark.timeout(120)
def test_every_tap_is_stored_once_though_kiosk_and_broker_are_killed(
    broker: EmbeddedBroker, collector: Collector, gate: Gate, tmp_path: Path
) -> None:
    become(lambda: gate.lights().count("accepted") > CHILDREN // 4, gate)
    gate.kill()
    become(lambda: gate.lights().count("accepted") > CHILDREN // 2, gate)
    assert broker.process_id is not None
    os.kill(broker.process_id, signal.SIGKILL)
    gate.kill()
    become(lambda: gate.stored() == CHILDREN, gate)
    become(lambda: peek(tmp_path / "outbox.sqlite").pending == 0, gate)
    status = gate.stop()

    rows = {
        (batch.outbox_id, batch.first_seq + place): row
        for batch in collector.held
        for place, row in enumerate(batch.rows)
        if isinstance(row, CheckIn)
    }
    assert status == 0
    assert sorted(row.tag for row in rows.values()) == sorted(card_of(card).tag for card in gate.cards)
    assert set(tags_in(collector.held)) == {row.tag for row in rows.values()}
    assert gate.lights().count("accepted") in {CHILDREN, CHILDREN - 1, CHILDREN - 2}
