"""A broker inside the collector, so that one school or one demonstration needs no other program.

It has no access list, so it listens on this machine only and refuses any other address. It keeps nothing: a message
is safe with the kiosk until the collector's receipt. When its process dies, it is started again.
"""

import logging
import os
import socket
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Self

from collector.errors import BrokerError
from collector.settings import BrokerSettings

log = logging.getLogger(__name__)

MAX_PAYLOAD_BYTES = 256 * 1024
"""A batch of 1,000 rows takes about 20 kB; the library's own limit would be 20,480 bytes."""
MAX_IN_FLIGHT = 200
"""Messages that a client may leave unacknowledged: 20,000 rows at 100 a batch."""
_START_SECONDS = 10.0
_FREE_SECONDS = 3.0
_LOOK_SECONDS = 0.02
_RESTART_SECONDS = 0.5
_CONFIG = """\
id = 0

[router]
id = 0
max_connections = 4096
max_outgoing_packet_count = 200
max_segment_size = 4194304
max_segment_count = 5

[v5.1]
name = "kiosks"
listen = "{host}:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = {max_payload}
max_inflight_count = {max_in_flight}
dynamic_filters = true
"""


class EmbeddedBroker:
    """A context in which the broker listens; times are real seconds, as they are those of sockets."""

    def __init__(self, settings: BrokerSettings, folder: Path) -> None:
        self._host = _loopback(settings.host)
        self._port = settings.port
        self._config = folder / "broker.toml"
        self._stopping = Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._keeper = Thread(target=self._keep_running, name="broker", daemon=True)

    @property
    def process_id(self) -> int | None:
        """The process id of the broker, while there is one."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def __enter__(self) -> Self:
        """Start and return once it listens; raise BrokerError when it cannot."""
        self._await_free_port()
        self._write_config()
        self._keeper.start()
        if not self._is_up_within(_START_SECONDS):
            self.__exit__()
            raise BrokerError(f"The embedded broker did not start on {self._host}:{self._port}.")
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the broker; the port is free when this returns."""
        self._stopping.set()
        if self._child is not None:
            self._child.kill()
        self._keeper.join()

    def _write_config(self) -> None:
        text = _CONFIG.format(
            host=self._host, port=self._port, max_payload=MAX_PAYLOAD_BYTES, max_in_flight=MAX_IN_FLIGHT
        )
        try:
            self._config.parent.mkdir(parents=True, exist_ok=True)
            self._config.write_text(text, encoding="utf-8")
        except OSError as error:
            raise BrokerError(
                f"The broker's file {self._config} cannot be written ({error.strerror}): free some space, or give this "
                "user the right to write there."
            ) from error

    def _keep_running(self) -> None:
        command = [sys.executable, "-m", "collector.broker.child", str(self._config), str(os.getpid())]
        while not self._stopping.is_set():
            # A session of its own: Ctrl-C in a terminal stops the collector first, then the broker.
            self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
            if self._stopping.is_set():
                self._child.kill()
            self._child.wait()
            if not self._stopping.wait(_RESTART_SECONDS):
                log.error("The embedded broker on port %d ended by itself and is started again.", self._port)

    def _await_free_port(self) -> None:
        """Wait for the broker of a collector that was killed a moment ago to be gone."""
        for _ in range(round(_FREE_SECONDS / _LOOK_SECONDS)):
            if _is_free(self._host, self._port):
                return
            self._stopping.wait(_LOOK_SECONDS)
        raise BrokerError(
            f"Port {self._port} of {self._host} is in use: stop the program that holds it or set another port for"
            " the broker in collector.toml."
        )

    def _is_up_within(self, seconds: float) -> bool:
        for _ in range(round(seconds / _LOOK_SECONDS)):
            if _answers(self._host, self._port):
                return True
            self._stopping.wait(_LOOK_SECONDS)
        return False


def _loopback(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    try:
        is_this_machine = ip_address(host).is_loopback and ip_address(host).version == 4  # noqa: PLR2004 - of IPv4
    except ValueError:
        is_this_machine = False
    if not is_this_machine:
        raise BrokerError(
            f"The embedded broker has no access list and listens on 127.0.0.1 only, not on {host}: correct the"
            " broker's host in collector.toml or run the collector with a broker of its own."
        )
    return host


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False
