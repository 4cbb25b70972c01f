"""The thread that carries rows up and receipts down, for as long as the program runs."""

import random
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

from edge.clock import KioskClock
from edge.errors import BrokerError, DamagedRowsError, OutboxError, StorageFullError
from edge.outbox import Outbox, Part, part_of
from edge.settings import BrokerSettings
from edge.uplink.flight import Flight
from edge.uplink.link import Link, Message
from edge.uplink.pace import BATCH_ROWS, Pace
from wire.codec import decode_manifest, decode_receipt, encode_batch, encode_heartbeat, encode_status
from wire.errors import WireError
from wire.messages import Batch, Heartbeat, Manifest, Status
from wire.topics import Down, Up, topic

_FIRST_PAUSE_SECONDS = 0.5
_STEADY_SECONDS = 30.0


class Beats(Protocol):
    """What makes heartbeats."""

    def is_due(self) -> bool:
        """Tell whether one should be sent now."""
        ...

    def make(self) -> Heartbeat:
        """Make it."""
        ...

    def owe(self) -> None:
        """Make one due."""
        ...

    def close_day(self) -> None:
        """Let every claim from now on say that the guard ended the day."""
        ...


class Uplink:
    """Keeps one connection and sends from the outbox; `start`, `nudge`, `stop` may be called from any thread."""

    def __init__(
        self, *, kiosk_id: str, settings: BrokerSettings, outbox: Outbox, clock: KioskClock, beats: Beats,
        on_manifest: Callable[[Manifest], None], say: Callable[[str], None], pace: Pace | None = None,
    ) -> None:  # fmt: skip
        self._kiosk_id, self._settings, self._outbox, self._clock = kiosk_id, settings, outbox, clock
        self._beats, self._on_manifest, self._say = beats, on_manifest, say
        self._pace = pace or Pace()
        self._flight = Flight(self._pace, lambda: random.uniform(0.8, 1.0))  # noqa: S311  # jitter
        self._live_after = 0
        self._is_behind = False
        self._unsent_since: int | None = None
        self._published_at: int | None = None
        self._link: Link | None = None
        self._has_parted = False
        self._stop = Event()
        self._thread = Thread(target=self._run, name="uplink", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    @property
    def has_parted(self) -> bool:
        """Tell whether the broker is known to have the last words of `stop`."""
        return self._has_parted

    @property
    def is_alive(self) -> bool:
        """Tell whether its thread runs."""
        return self._thread.is_alive()

    def nudge(self) -> None:
        """Look now whether something is to be sent: a row was appended."""
        if (link := self._link) is not None:
            link.wake.set()

    def close_day(self) -> None:
        """Let the last claim, which `stop` sends, say that the guard ended the day."""
        self._beats.close_day()

    def stop(self) -> None:
        """Send the last heartbeat and the offline status if connected, and end."""
        self._stop.set()
        if (link := self._link) is not None:
            link.cancel()
            link.wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        pause, is_away = _FIRST_PAUSE_SECONDS, False
        while not self._stop.is_set():
            try:
                lasted = self._spell(is_back=is_away)
                is_away = False
                pause = _FIRST_PAUSE_SECONDS if lasted else pause
            except BrokerError as error:
                if not is_away and not self._stop.is_set():
                    self._say(f"{error} Taps are recorded meanwhile and sent later.")
                is_away = True
            except OutboxError as error:
                self._say(str(error))
            except WireError as error:
                self._say(f"What this kiosk says of itself cannot be sent ({error.reason}): check its clock.")
            self._stop.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311  # jitter
            pause = min(2 * pause, self._settings.reconnect_max_seconds)

    def _spell(self, *, is_back: bool) -> bool:
        """Live through one connection; tell whether it was of any use."""
        connection = self._clock.ticks()
        link = Link(self._settings, self._kiosk_id, will=self._status(connection, online=False))
        self._link = link
        if self._stop.is_set():
            link.cancel()
        link.open()
        if is_back:
            self._say(f"The broker at {self._settings.host}:{self._settings.port} answers again.")
        try:
            return self._serve(link, connection)
        finally:
            if self._stop.is_set() and link.is_open:
                self._part(link, connection)
            self._link = None
            self._has_parted = link.close(is_clean=self._stop.is_set())
            self._flight.note_reconnect()

    def _serve(self, link: Link, connection: int) -> bool:
        link.subscribe([topic(self._kiosk_id, Down.RECEIPT), topic(self._kiosk_id, Down.GATE_BOOK)])
        link.publish(*self._status(connection, online=True), retain=True)
        self._begin()
        is_answered, denied, began = False, 0, time.monotonic()
        while link.is_open and not self._stop.is_set():
            is_answered |= self._read(link, connection)
            if link.denied > denied:
                denied = link.denied
                self._say("The broker denies what this kiosk publishes: check its access list for this kiosk id.")
            now = self._clock.ticks()
            self._flight.note_time(now)
            if self._flight.is_silent(now):
                break
            self._send(link, now)
            self._clock.wait(self._pace.look / 100, link.wake)
            link.wake.clear()
        return is_answered or time.monotonic() - began >= _STEADY_SECONDS

    def _begin(self) -> None:
        """Start a connection: everything pending is to be sent again, the newest first."""
        self._live_after = 0
        self._is_behind = self._outbox.pending > 0
        self._published_at = self._unsent_since = None
        self._beats.owe()

    def _part(self, link: Link, connection: int) -> None:
        """Leave as one who comes back: last rows, last claim, offline."""
        self._publish_beat(link)
        self._pump(link, self._clock.ticks())
        link.publish(*self._status(connection, online=False), retain=True)

    def _send(self, link: Link, now: int) -> None:
        if self._beats.is_due():
            self._publish_beat(link)
        if self._is_flush_due(now):
            self._pump(link, now)

    def _publish_beat(self, link: Link) -> None:
        link.publish(topic(self._kiosk_id, Up.HEARTBEAT), encode_heartbeat(self._beats.make()))

    def _is_flush_due(self, now: int) -> bool:
        unsent = self._outbox.pending - sum(part.last - part.first + 1 for part in self._flight.parts)
        if self._flight.is_anything_again():
            return True
        if unsent <= 0:
            self._unsent_since = None
            return False
        if self._unsent_since is None:
            self._unsent_since = now
        is_quiet = self._published_at is None or now - self._published_at >= self._pace.quiet
        waited = now - self._unsent_since >= self._pace.flush
        return self._is_behind or is_quiet or waited or unsent >= BATCH_ROWS

    def _pump(self, link: Link, now: int) -> None:
        """Fill the window; rows that cannot be sent are set aside, and the others follow at the next look."""
        try:
            self._fill(link, now)
        except DamagedRowsError as error:
            damaged = self._outbox.set_aside(Part(error.outbox_id, error.first, error.last))
            if not damaged:
                raise
            self._say(
                f"{damaged} of the rows {error.first} to {error.last} {'is' if damaged == 1 else 'are'} damaged and "
                "cannot be sent, but kept in the outbox file: tell the technician."
            )
            link.wake.set()

    def _fill(self, link: Link, now: int) -> None:
        """Fill the window: what must be sent again, then the newest rows, then the backlog from the oldest on."""
        while (part := self._flight.next_again()) is not None:
            batch = self._outbox.batch_of(part)
            if batch is None:
                self._flight.drop(part)
            elif not self._publish(link, batch, now):
                return
        current, live_after = self._outbox.outbox_id, self._live_after
        for batch in self._outbox.pending_batches(BATCH_ROWS, self._flight.room, self._flight.parts, live_after):
            if not self._publish(link, batch, now):
                return
            if batch.outbox_id == current:
                self._live_after = max(self._live_after, batch.last_seq)
        self._unsent_since = None

    def _publish(self, link: Link, batch: Batch, now: int) -> bool:
        part = part_of(batch)
        try:
            payload = encode_batch(batch)
        except WireError as error:
            raise DamagedRowsError(*part) from error
        if not link.publish(topic(self._kiosk_id, Up.ROWS), payload):
            return False
        self._flight.note_sent(part, now)
        self._published_at = now
        return True

    def _read(self, link: Link, connection: int) -> bool:
        """Take what arrived; tell whether a receipt was among it."""
        is_answered = False
        while not link.inbox.empty():
            message = link.inbox.get()
            try:
                if message.topic == topic(self._kiosk_id, Down.RECEIPT):
                    is_answered |= self._take_receipt(message.payload, link, connection)
                elif message.topic == topic(self._kiosk_id, Down.GATE_BOOK):
                    self._on_manifest(decode_manifest(message.payload))
            except WireError as error:
                self._say(f"A message on {message.topic} cannot be read ({error.reason}); it is ignored.")
            except StorageFullError as error:
                self._say(str(error))
        return is_answered

    def _take_receipt(self, payload: bytes, link: Link, connection: int) -> bool:
        done = self._outbox.settle(decode_receipt(payload), self._clock.now())
        if not done.is_ours:
            return False
        self._flight.note_answer(self._clock.ticks())
        for part in self._flight.parts:
            if self._outbox.batch_of(part) is None:
                self._flight.drop(part)
        if done.moved:
            self._say("This outbox is a copy of another: its rows go on under a new id; tell the technician.")
            self._live_after = 0
            link.publish(*self._status(connection, online=True), retain=True)
        if done.moved or done.pending >= BATCH_ROWS:
            self._is_behind = True
        elif done.pending == 0 and self._is_behind:
            self._is_behind = False
            self._beats.owe()
        return True

    def _status(self, connection: int, *, online: bool) -> Message:
        boot_id = self._clock.reading().boot_id
        status = Status(self._outbox.outbox_id, boot_id, connection, online)
        return Message(topic(self._kiosk_id, Up.STATUS), encode_status(status))
