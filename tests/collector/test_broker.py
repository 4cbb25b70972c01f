"""The embedded broker and the client, each real, on loopback."""

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Self

import pytest

from collector.broker import Acknowledge, BrokerClient, EmbeddedBroker
from collector.errors import BrokerError
from collector.settings import BrokerSettings
from tests.simulation.kiosk_line import WAIT_SECONDS, free_port

HOLDER = """
import sys
from pathlib import Path
from collector.broker import EmbeddedBroker
from collector.settings import BrokerSettings
with EmbeddedBroker(BrokerSettings(port=int(sys.argv[1])), Path(sys.argv[2])) as broker:
    print(broker.process_id, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def broker(port: int, tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(BrokerSettings(port=port), tmp_path) as broker:
        yield broker


class _Ear:
    """A client that gathers what it hears, and acknowledges when told to."""

    def __init__(self, port: int, name: str, topic_filter: str) -> None:
        self.heard: Queue[tuple[str, bytes, Acknowledge]] = Queue()
        self.is_up = Event()
        self.client = BrokerClient("127.0.0.1", port, name)
        self.client.on_message = lambda topic, payload, ack: self.heard.put((topic, payload, ack))
        self.client.on_connect = self.is_up.set
        self.client.subscribe(topic_filter)

    def __enter__(self) -> Self:
        self.client.start()
        assert self.is_up.wait(WAIT_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.stop()


def test_what_one_publishes_another_hears_even_if_it_is_large(broker: EmbeddedBroker, port: int) -> None:
    large = b"x" * 200_000
    with _Ear(port, "collector", "a/+/rows") as ear, _Ear(port, "kio-1", "nothing") as kiosk:
        kiosk.client.publish("a/kio-1/rows", large)
        topic, payload, _ = ear.heard.get(timeout=WAIT_SECONDS)

    assert (topic, payload) == ("a/kio-1/rows", large)


def test_what_is_retained_is_heard_by_one_who_comes_later(broker: EmbeddedBroker, port: int) -> None:
    with _Ear(port, "collector", "nothing") as early:
        early.client.publish("a/b", b"book", retain=True)
        with _Ear(port, "kio-1", "a/b") as late:
            assert late.heard.get(timeout=WAIT_SECONDS)[1] == b"book"


def test_a_message_comes_again_to_the_next_connection_only_if_its_kiosk_sends_it_again(
    broker: EmbeddedBroker, port: int
) -> None:
    with _Ear(port, "kio-1", "nothing") as kiosk:
        with _Ear(port, "collector", "a/b") as ear:
            kiosk.client.publish("a/b", b"1")
            ear.heard.get(timeout=WAIT_SECONDS)
        with _Ear(port, "collector", "a/b") as ear:
            kiosk.client.publish("a/b", b"2")
            assert ear.heard.get(timeout=WAIT_SECONDS)[1] == b"2"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::1", "collector.example", ""])  # noqa: S104 - refused
def test_any_address_but_loopback_is_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="no access list"):
        EmbeddedBroker(BrokerSettings(host=host), tmp_path)


def test_a_port_in_use_is_told_in_one_sentence(port: int, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with (
            pytest.raises(BrokerError, match=f"Port {port} of 127.0.0.1 is in use: stop"),
            EmbeddedBroker(BrokerSettings(port=port), tmp_path),
        ):
            pass


def test_a_broker_that_died_is_started_again_and_clients_come_back(
    broker: EmbeddedBroker, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with _Ear(port, "collector", "a/b") as ear:
        ear.is_up.clear()
        assert broker.process_id is not None
        os.kill(broker.process_id, signal.SIGKILL)
        assert ear.is_up.wait(WAIT_SECONDS)
        ear.client.publish("a/b", b"again")
        assert ear.heard.get(timeout=WAIT_SECONDS)[1] == b"again"

    told = [record.message for record in caplog.records if record.name == "collector.broker.client"]
    assert [line.split(";")[0] for line in told] == [
        f"The broker at 127.0.0.1:{port} is away",
        f"The broker at 127.0.0.1:{port} is back.",
    ]


def test_a_broker_that_is_not_there_is_waited_for_with_one_line_in_the_log(
    port: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client, is_up = BrokerClient("127.0.0.1", port, "collector"), Event()
    client.on_connect = is_up.set
    client.start()
    assert not is_up.wait(1.5)
    with EmbeddedBroker(BrokerSettings(port=port), tmp_path):
        assert is_up.wait(WAIT_SECONDS)
        client.stop()

    told = [record.message for record in caplog.records if record.name == "collector.broker.client"]
    assert [line.split(";")[0] for line in told] == [
        f"The broker at 127.0.0.1:{port} cannot be reached",
        f"The broker at 127.0.0.1:{port} is back.",
    ]


def test_a_killed_collector_leaves_no_broker_on_the_port(port: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(port), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        holder.kill()

    with EmbeddedBroker(BrokerSettings(port=port), tmp_path) as next_one:
        assert next_one.process_id not in {None, child}


def test_an_acknowledgement_of_an_older_connection_is_dropped(broker: EmbeddedBroker, port: int) -> None:
    with _Ear(port, "collector", "a/b") as ear, _Ear(port, "kio-1", "nothing") as kiosk:
        kiosk.client.publish("a/b", b"before")
        _, _, stale = ear.heard.get(timeout=WAIT_SECONDS)
        ear.is_up.clear()
        assert broker.process_id is not None
        os.kill(broker.process_id, signal.SIGKILL)
        assert ear.is_up.wait(WAIT_SECONDS)
        acked: list[int] = []
        ear.client._client.ack = lambda mid, qos: acked.append(mid)  # type: ignore[assignment, return-value]
        stale()

    assert acked == []
