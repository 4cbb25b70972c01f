"""From the broker to memory: the reader's half of ingest, which gathers while the writer commits.

Each message is decoded here, in the broker client's thread, and waits unacknowledged. It decides nothing.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Condition

from collector.broker import Acknowledge
from wire import topics
from wire.clock import Clock
from wire.codec import decode_batch, decode_heartbeat, decode_status
from wire.errors import WireError
from wire.messages import Batch, Heartbeat, Status
from wire.topics import Up

log = logging.getLogger(__name__)

GROUP_ROWS = 20_000
"""At most so many rows in one transaction."""
MAX_WAITING_ROWS = 5 * GROUP_ROWS
"""Beyond these the reader stands still, and the broker and the kiosks keep what comes."""

Message = Batch | Heartbeat | Status | WireError

_DECODERS: dict[Up, Callable[[bytes], Message]] = {
    Up.ROWS: decode_batch,
    Up.HEARTBEAT: decode_heartbeat,
    Up.STATUS: decode_status,
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it came, what it says, and how to tell the broker that it is safe."""

    kiosk_id: str
    """As its topic says; the whole topic when that is none of a kiosk's."""
    leaf: Up | None
    payload: bytes
    message: Message
    received_at: datetime
    acknowledge: Acknowledge

    @property
    def weight(self) -> int:
        """Count its rows, at least one."""
        return len(self.message.rows) if isinstance(self.message, Batch) else 1


class Inbox:
    """A bounded buffer with one writer at its end; real time only, and no timer."""

    def __init__(self) -> None:
        self._waiting: deque[Arrival] = deque()
        self._rows = 0
        self._is_closed = False
        self._changed = Condition()

    def put(self, arrival: Arrival) -> None:
        """Add one; wait while it is full, so that the broker's connection fills and kiosks keep their rows."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._rows < MAX_WAITING_ROWS)
            self._waiting.append(arrival)
            self._rows += arrival.weight

    def take(self) -> list[Arrival]:
        """Return what waits, in order of arrival, up to GROUP_ROWS rows; an empty list when nothing does."""
        group: list[Arrival] = []
        room = GROUP_ROWS
        with self._changed:
            while self._waiting and (not group or self._waiting[0].weight <= room):
                group.append(self._waiting.popleft())
                room -= group[-1].weight
                self._rows -= group[-1].weight
            self._changed.notify_all()
        return group

    def close(self) -> None:
        """Let a waiting reader go."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()


class Subscriber:
    """Puts each message into the inbox."""

    def __init__(self, inbox: Inbox, clock: Clock, on_arrival: Callable[[], None]) -> None:
        self._inbox = inbox
        self._clock = clock
        self._on_arrival = on_arrival

    def take(self, topic: str, payload: bytes, acknowledge: Acknowledge) -> None:
        """Decode one message and let it wait for the writer."""
        received_at = self._clock.now()
        try:
            kiosk_id, leaf = topics.parse(topic)
        except WireError as error:
            arrival = Arrival(topic, None, payload, error, received_at, acknowledge)
        else:
            arrival = Arrival(kiosk_id, leaf, payload, _decoded(leaf, payload), received_at, acknowledge)
        self._inbox.put(arrival)
        self._on_arrival()


def _decoded(leaf: Up, payload: bytes) -> Message:
    try:
        return _DECODERS[leaf](payload)
    except WireError as error:
        return error
