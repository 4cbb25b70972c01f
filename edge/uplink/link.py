"""One MQTT 5 connection to the broker: the door to paho, which is told nothing of rows and remembers nothing.

Each connection is a new client, so that no queue of the library outlives it. What arrives is put into an inbox; no
callback does work.
"""

import contextlib
import socket
from queue import SimpleQueue
from threading import Event
from typing import NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.errors import BrokerError
from edge.settings import BrokerSettings

KEEP_ALIVE_SECONDS = 600
"""At 60 s the pings cost more than a school's day."""
_CONNECT_SECONDS = 10.0
_QOS = 1


class Message(NamedTuple):
    """What arrived."""

    topic: str
    payload: bytes


class Link:
    """A connection from `open` to `close`; publishing and closing belong to one thread."""

    def __init__(self, settings: BrokerSettings, client_id: str, will: Message | None = None) -> None:
        self._settings = settings
        self.inbox: SimpleQueue[Message] = SimpleQueue()
        self.wake = Event()
        """Set whenever something arrived or the connection ended."""
        self.denied = 0
        """Publishes the broker refused."""
        self._answered, self._closed = Event(), Event()
        self._refusal: str | None = None
        self._last: MQTTMessageInfo | None = None
        self._client = _client(client_id)
        self._client.on_connect, self._client.on_disconnect = self._on_connect, self._on_disconnect
        self._client.on_message, self._client.on_publish = self._on_message, self._on_publish
        if will is not None:
            self._client.will_set(will.topic, will.payload, _QOS, retain=True)

    @property
    def is_open(self) -> bool:
        """Tell whether messages can be sent."""
        return self._answered.is_set() and not self._closed.is_set()

    def open(self) -> None:
        """Connect and wait for the broker's word; raise BrokerError."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
        properties.SessionExpiryInterval = 0
        host, port = self._settings.host, self._settings.port
        try:
            self._client.connect(host, port, KEEP_ALIVE_SECONDS, clean_start=True, properties=properties)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise BrokerError(self._sentence(reason)) from error
        self._client.loop_start()
        if not self._answered.wait(_CONNECT_SECONDS) or self._refusal or self._closed.is_set():
            self.close(is_clean=False)
            raise BrokerError(self._sentence(self._refusal or "it does not answer as an MQTT 5 broker"))

    def cancel(self) -> None:
        """Wait no longer for the broker's word; may be called from any thread."""
        if not self._answered.is_set():
            self._refusal = "the program ends"
            self._answered.set()

    def subscribe(self, topics: list[str]) -> None:
        """Ask for messages of these topics."""
        self._client.subscribe([(topic, _QOS) for topic in topics])

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand a message to the broker; tell whether it was taken to the wire."""
        if not self.is_open:
            return False
        self._last = self._client.publish(topic, payload, _QOS, retain=retain)
        return self._last.rc is MQTTErrorCode.MQTT_ERR_SUCCESS

    def close(self, *, is_clean: bool, patience_seconds: float = 2.0) -> bool:
        """End the connection; tell whether the broker is known to have the last message.

        A clean end waits some real seconds until the broker has it; any other asks the broker for the last will.
        """
        is_told = False
        if is_clean and self._last is not None and self.is_open:
            with contextlib.suppress(RuntimeError, ValueError):
                self._last.wait_for_publish(patience_seconds)
                is_told = self._last.is_published()
        reason = None if is_clean else ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message")
        self._client.disconnect(reason)
        self._client.loop_stop()
        self._closed.set()
        return is_told

    def _sentence(self, reason: str) -> str:
        where = f"{self._settings.host}:{self._settings.port}"
        return f"The broker at {where} cannot be reached ({reason}): check network and broker."

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self._refusal = str(reason) if reason.is_failure else None
        self._answered.set()

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, _reason: ReasonCode, _props: Properties | None
    ) -> None:
        self._closed.set()
        self._answered.set()
        self.wake.set()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.inbox.put(Message(message.topic, bytes(message.payload)))
        self.wake.set()

    def _on_publish(self, _client: Client, _data: object, _mid: int, reason: ReasonCode, _props: Properties) -> None:
        if reason.is_failure:
            self.denied += 1
            self.wake.set()


def greet(settings: BrokerSettings, client_id: str) -> None:
    """Connect and leave at once, to see whether the broker is there; raise BrokerError."""
    link = Link(settings, client_id)
    link.open()
    link.close(is_clean=True)


def _client(client_id: str) -> Client:
    client = Client(
        CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5, reconnect_on_failure=False
    )
    client.connect_timeout = _CONNECT_SECONDS / 2
    client.on_socket_open = _send_at_once
    return client


def _send_at_once(_client: Client, _data: object, opened: object) -> None:
    if isinstance(opened, socket.socket):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
