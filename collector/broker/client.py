"""The collector's connection to any MQTT 5 broker: it comes back by itself and acknowledges only when told to.

Its broker sessions are clean, because the kiosk is the only buffer: what is published while the broker is away is
dropped here, and whoever published it answers again. It decodes nothing.
"""

import logging
from collections.abc import Callable
from typing import Any, Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

log = logging.getLogger(__name__)

Acknowledge = Callable[[], None]
OnMessage = Callable[[str, bytes, Acknowledge], None]

_AT_LEAST_ONCE = 1
_AT_LEAST_ONCE_OPTIONS = SubscribeOptions(qos=_AT_LEAST_ONCE)
_KEEP_ALIVE_SECONDS = 30
_MAX_IN_FLIGHT = 200
_MAX_QUEUED = 20_000
_RECONNECT_SECONDS = (1, 10)


class BrokerClient:
    """Set `on_message` and `on_connect` before `start`; both are called in the client's own thread."""

    def __init__(self, host: str, port: int, client_id: str) -> None:
        self._host, self._port = host, port
        self._filters: list[str] = []
        self._connections = 0
        self._is_away = False
        self.on_message: OnMessage = _leave_unacknowledged
        """Topic, payload, and what to call once the message is safe; calls must keep the order of arrival."""
        self.on_connect: Callable[[], None] = _nothing
        """Called after each connect, once the broker has taken the subscriptions: it may have lost what it retained."""
        self.on_stop: Callable[[], None] = _nothing
        """Called by `stop` before it waits for the thread, which may be waiting for room in `on_message`."""
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTv5,
            manual_ack=True,
            reconnect_on_failure=True,
        )
        self._client.max_queued_messages_set(_MAX_QUEUED)
        self._client.reconnect_delay_set(*_RECONNECT_SECONDS)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_connect_fail = self._not_reached
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._arrived

    @property
    def is_connected(self) -> bool:
        """Tell whether the broker is there now."""
        return self._client.is_connected()

    def subscribe(self, topic_filter: str) -> None:
        """Take what matches, now and after every reconnect."""
        self._filters.append(topic_filter)
        if self.is_connected:
            self._client.subscribe([(topic_filter, _AT_LEAST_ONCE_OPTIONS)])

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:  # noqa: FBT001, FBT002 - MQTT's own flag
        """Publish at least once; while the broker is away it is dropped."""
        if self.is_connected:
            self._client.publish(topic, payload, qos=_AT_LEAST_ONCE, retain=retain)

    def start(self) -> None:
        """Connect in the background and stay so; a broker that is away is waited for."""
        connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        connect.ReceiveMaximum = _MAX_IN_FLIGHT
        self._client.connect_async(
            self._host, self._port, keepalive=_KEEP_ALIVE_SECONDS, clean_start=True, properties=connect
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect and end the background thread."""
        self.on_stop()
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _connected(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._note_away(f"refuses us: {reason}")
            return
        self._connections += 1
        if self._is_away:
            self._is_away = False
            log.info("The broker at %s:%d is back.", self._host, self._port)
        if self._filters:
            self._client.subscribe([(topic_filter, _AT_LEAST_ONCE_OPTIONS) for topic_filter in self._filters])
        else:
            self._guard(self.on_connect)

    def _subscribed(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("The broker at %s:%d refuses a subscription: look at its access list.", self._host, self._port)
        self._guard(self.on_connect)

    def _disconnected(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._note_away("is away")

    def _not_reached(self, _client: Client, _data: object) -> None:
        self._note_away("cannot be reached")

    def _note_away(self, how: str) -> None:
        if not self._is_away:
            self._is_away = True
            log.warning("The broker at %s:%d %s; kiosks keep their rows until it is back.", self._host, self._port, how)

    def _arrived(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        connection = self._connections

        def acknowledge() -> None:
            # On another connection this number names another message, which may not be safe yet.
            if connection == self._connections:
                self._client.ack(message.mid, message.qos)

        self._guard(self.on_message, message.topic, message.payload, acknowledge)

    def _guard(self, callback: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401 - passed through
        """Keep paho's thread alive whatever a callback does: it is the only one that reads."""
        try:
            callback(*arguments)
        except Exception:
            log.exception("A message from the broker could not be taken.")


def _leave_unacknowledged(_topic: str, _payload: bytes, _acknowledge: Acknowledge) -> None:
    """Take nothing: the broker keeps it."""


def _nothing() -> None:
    """Do nothing."""
