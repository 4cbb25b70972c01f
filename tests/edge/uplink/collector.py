"""The other end of the wire, for tests of the uplink: a real MQTT client that answers when it is told to."""

import queue
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.edge.makers import LEDGER
from wire.codec import decode_batch, decode_heartbeat, decode_status, encode_receipt
from wire.messages import Batch, Heartbeat, HeldRange, Receipt, Status
from wire.topics import Down, Up, every, parse, topic

T = TypeVar("T")
PATIENCE_SECONDS = 8.0


class Collector:
    """Keeps what arrived; `is_answering` makes it hold each batch and say so, as the real one does."""

    def __init__(self, port: int) -> None:
        self.batches: queue.Queue[Batch] = queue.Queue()
        self.heartbeats: queue.Queue[Heartbeat] = queue.Queue()
        self.statuses: queue.Queue[Status] = queue.Queue()
        self.is_answering = True
        self.held: list[Batch] = []
        self._revision = 0
        subscribed = Event()
        self._client = Client(CallbackAPIVersion.VERSION2, "collector", protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_message = self._take
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_connect = self._subscribe
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert subscribed.wait(PATIENCE_SECONDS)

    def answer(self, kiosk_id: str, batch: Batch) -> None:
        """Say that this batch is held."""
        self._revision += 1
        held = (HeldRange(batch.first_seq, batch.last_seq, batch.boot_id),)
        self.say(kiosk_id, Receipt(batch.outbox_id, LEDGER, self._revision, held))

    def say(self, kiosk_id: str, receipt: Receipt) -> None:
        """Publish any receipt."""
        self.publish(topic(kiosk_id, Down.RECEIPT), encode_receipt(receipt))

    def publish(self, name: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish anything."""
        self._client.publish(name, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_SECONDS)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe([(every(leaf), 1) for leaf in Up])

    def _take(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        kiosk_id, leaf = parse(message.topic)
        if leaf is Up.HEARTBEAT:
            self.heartbeats.put(decode_heartbeat(bytes(message.payload)))
        elif leaf is Up.STATUS:
            self.statuses.put(decode_status(bytes(message.payload)))
        else:
            batch = decode_batch(bytes(message.payload))
            if self.is_answering:
                self.held.append(batch)
                self._revision += 1
                held = (HeldRange(batch.first_seq, batch.last_seq, batch.boot_id),)
                answer = Receipt(batch.outbox_id, LEDGER, self._revision, held)
                self._client.publish(topic(kiosk_id, Down.RECEIPT), encode_receipt(answer), qos=1)
            self.batches.put(batch)


def next_of(arrived: "queue.Queue[T]", wanted: Callable[[T], bool] = lambda _: True) -> T:
    """Return the next message that is wanted; fail when none comes."""
    while True:
        message = arrived.get(timeout=PATIENCE_SECONDS)
        if wanted(message):
            return message
