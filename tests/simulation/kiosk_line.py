"""A kiosk's line to the broker, for tests that play the kiosk: it publishes, and gathers the receipts it gets."""

import socket
from queue import Empty, Queue
from threading import Event
from typing import Self

from collector.broker import Acknowledge, BrokerClient
from wire.codec import decode_receipt, encode_batch
from wire.messages import Batch, Receipt
from wire.topics import Down, Up, topic

WAIT_SECONDS = 8.0


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class KioskLine:
    """A context in which a kiosk is connected; real seconds."""

    def __init__(self, port: int, kiosk_id: str = "kio-1") -> None:
        self._kiosk_id = kiosk_id
        self._receipts: Queue[Receipt] = Queue()
        self._is_up = Event()
        self._client = BrokerClient("127.0.0.1", port, kiosk_id)
        self._client.on_message = self._take
        self._client.on_connect = self._is_up.set
        self._client.subscribe(topic(kiosk_id, Down.RECEIPT))

    def __enter__(self) -> Self:
        self._client.start()
        assert self._is_up.wait(WAIT_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.stop()

    def _take(self, _topic: str, payload: bytes, acknowledge: Acknowledge) -> None:
        self._receipts.put(decode_receipt(payload))
        acknowledge()

    def send(self, batch: Batch) -> None:
        """Publish a batch."""
        self.send_raw(Up.ROWS, encode_batch(batch))

    def send_raw(self, leaf: Up, payload: bytes) -> None:
        """Publish any bytes."""
        self._client.publish(topic(self._kiosk_id, leaf), payload)

    def receipt(self, seconds: float = WAIT_SECONDS) -> Receipt | None:
        """Return the next receipt, or None when none came in time."""
        try:
            return self._receipts.get(timeout=seconds)
        except Empty:
            return None
