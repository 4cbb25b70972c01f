"""The loop: a frame, its texts, the judgement, the disk, and only then the light (P1).

One thread looks, decides and stores, so that the order of things at the gate is the order of this page. The uplink
runs beside it and never stands in its way.
"""

from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from threading import Event
from typing import NamedTuple

from edge.checkin import STORAGE_FULL, Place, Refusal, judge, signal_of
from edge.clock import KioskClock
from edge.errors import DecoderError, EdgeError, OutboxError, StorageFullError
from edge.gatebook import GateBookKeeper, GateBookView
from edge.health import Sight, Strangers, Tally
from edge.outbox import Outbox
from edge.ports import Camera, ClockReading, Frame, Indicator, Reader, Reading, ShutdownButton, Signal
from edge.scanner import HoldTracker, Scanner
from edge.uplink import Uplink
from edge.watchdog import Watchdog
from wire.card import Card, card_of
from wire.errors import WireError
from wire.messages import TICKS_PER_SECOND, CheckIn, Verdict

SHOWN_TICKS = 2 * TICKS_PER_SECOND
"""How long a signal stays when nothing else is shown."""
_FORGET_ABOVE = 2000
_BLIND_CAMERA = "The camera gives no frames: check that it is plugged in and not used by another program."
_BLIND_READER = "The reader does not answer: check that it is plugged in and set to USB serial (VCOM)."


class Parts(NamedTuple):
    """What `edge.bootstrap` plugs together."""

    camera: Camera | Reader
    scanner: Scanner
    holds: HoldTracker
    indicator: Indicator
    outbox: Outbox
    clock: KioskClock
    gate_books: GateBookKeeper
    sight: Sight
    tally: Tally
    uplink: Uplink
    place: Place
    say: Callable[[str], None]
    button: ShutdownButton | None = None
    watchdog: Watchdog | None = None


class Kiosk:
    """One kiosk from start to a clean stop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stop, self._is_closed = Event(), False
        self._shown_at: int | None = None
        self._is_full = self._is_blind = self._is_flood = self._has_frame = False
        self._answered = 0
        self._strangers = Strangers(parts.place.most_unknown)
        self._recent = parts.outbox.recent_taps(parts.place.repeat_window_ticks, parts.clock.reading())

    def stop(self) -> None:
        """End `run` after the frame at hand; may be called from a signal handler."""
        self._stop.set()

    @property
    def is_closed(self) -> bool:
        """Tell whether the guard ended the day."""
        return self._is_closed

    def close_day(self) -> None:
        """Do as `stop`, and let the last claim say that nobody passes here any more today."""
        self._is_closed = True
        self._stop.set()

    def run(self) -> None:
        """Work until `stop`; then leave nothing open and no light on, whatever happened."""
        button = self._parts.button
        with closing(self._parts.indicator), closing(button) if button else nullcontext():
            self._work()

    def _work(self) -> None:
        parts = self._parts
        parts.gate_books.start()
        parts.uplink.start()
        self._show(Signal.IDLE)
        try:
            while not self._stop.is_set():
                self.look()
                if not parts.uplink.is_alive:
                    raise EdgeError("The uplink ended by itself, which it never should: the kiosk must be restarted.")
            if parts.watchdog is not None:
                parts.watchdog.stop(is_closed=self._is_closed)
            if self._is_closed:
                parts.uplink.close_day()
                self._show(Signal.CLOSED)
        finally:
            parts.camera.close()
            parts.scanner.close()
            with suppress(OutboxError):
                parts.sight.finish()
            parts.uplink.stop()
            parts.gate_books.stop()
            parts.outbox.close()
        if self._is_closed and not parts.uplink.has_parted:
            parts.say(
                "The day was ended without a connection, so the collector does not know that this gate is closed: "
                "tell the technician."
            )

    def look(self) -> None:
        """Do all that belongs to one frame."""
        parts = self._parts
        self._anchor()
        since = parts.clock.ticks()
        source = parts.camera
        seen = source.next_reading() if isinstance(source, Reader) else source.next_frame()
        self._has_frame = seen is not None
        if seen is None:
            parts.sight.stalled(since)
        elif parts.sight.begin(seen.captured_ticks):
            parts.sight.end(is_whole=self._judge_seen(seen))
        self._rest()
        if parts.button is not None and parts.button.is_held():
            self.close_day()
        if parts.watchdog is not None:
            parts.watchdog.feed(self._answered)

    def _judge_seen(self, seen: Frame | Reading) -> bool:
        """Judge all that a frame shows or a reader read; tell whether nothing of it was lost or unseen."""
        parts = self._parts
        try:
            texts = seen.texts if isinstance(seen, Reading) else parts.scanner.scan(seen)
        except ValueError:
            return False
        except DecoderError:
            parts.sight.interrupt()
            return False
        self._answered += 1
        taps = parts.holds.taps(texts, seen.captured_ticks)
        lost = [text for text in taps if not self._take(text, seen.captured_ticks)]
        is_clear = isinstance(seen, Reading) or parts.scanner.flaw is None
        return not lost and is_clear and not self._is_flooded(seen.captured_ticks)

    def _is_flooded(self, now: int) -> bool:
        """End sight while more unknown cards are shown than people can show."""
        is_flood = self._strangers.are_flood(now)
        if is_flood and not self._is_flood:
            self._parts.sight.interrupt()
            self._parts.say(
                f"More than {self._parts.place.most_unknown} cards that the gate book does not know were shown within "
                "a minute: look who is at the gate, and ask the technician whose gate book this is."
            )
        self._is_flood = is_flood
        return is_flood

    def _take(self, text: str, captured: int) -> bool:
        """Judge one tap, store it, then show it; tell whether it could be stored."""
        parts = self._parts
        reading, book = parts.clock.reading()._replace(ticks=captured), parts.gate_books.view
        outcome = judge(_card(text), reading, self._recent, book, parts.place)
        if isinstance(outcome, CheckIn):
            outcome = self._store(outcome, reading)
        parts.tally.taps += 1
        self._note_stranger(outcome, book)
        if isinstance(outcome, Refusal):
            parts.tally.refusals[outcome.reason] += 1
        self._show(signal_of(outcome, book))
        parts.uplink.nudge()
        return outcome is not STORAGE_FULL

    def _note_stranger(self, outcome: CheckIn | Refusal, book: GateBookView) -> None:
        """Count a card that is not in the gate book, or was misread; without a book nobody could know one."""
        if isinstance(outcome, CheckIn) and outcome.verdict is Verdict.UNKNOWN and book.tags is not None:
            self._parts.tally.unknown += 1
            self._strangers.note(outcome.tag, outcome.at)

    def _store(self, check_in: CheckIn, reading: ClockReading) -> CheckIn | Refusal:
        try:
            self._parts.outbox.append(check_in, reading)
        except StorageFullError as error:
            self._parts.sight.lost()
            if not self._is_full:
                self._parts.say(str(error))
            self._is_full = True
            return STORAGE_FULL
        except OutboxError:
            self._show(Signal.STORAGE_FULL)
            raise
        self._is_full = False
        self._remember(check_in)
        return check_in

    def _remember(self, check_in: CheckIn) -> None:
        self._recent[check_in.tag] = check_in.at
        if len(self._recent) > _FORGET_ABOVE:
            oldest = check_in.at - self._parts.place.repeat_window_ticks
            self._recent = {tag: at for tag, at in self._recent.items() if at > oldest}

    def _anchor(self) -> None:
        """Store a clock anchor when one is owed."""
        anchor = self._parts.clock.anchor_due()
        if anchor is None:
            return
        try:
            self._parts.outbox.append(anchor, self._parts.clock.reading())
        except StorageFullError:
            self._parts.clock.anchor_lost()

    def _rest(self) -> None:
        """Go back to idle when the last signal was seen, or say that nothing is seen."""
        parts = self._parts
        is_blind = parts.sight.is_blind
        is_over = self._shown_at is not None and parts.clock.ticks() - self._shown_at >= SHOWN_TICKS
        if is_over or (is_blind != self._is_blind and self._shown_at is None):
            if is_blind and not self._is_blind and not self._is_flood:
                parts.say(self._why_blind())
            self._is_blind = is_blind
            self._show(Signal.BLIND if is_blind else Signal.IDLE)

    def _why_blind(self) -> str:
        """Say what a person can do about it."""
        if not self._has_frame:
            return _BLIND_READER if isinstance(self._parts.camera, Reader) else _BLIND_CAMERA
        flaw = self._parts.scanner.flaw
        return flaw.value if flaw else "No frame could be judged: start the kiosk again, and tell the technician."

    def _show(self, signal: Signal) -> None:
        self._parts.indicator.show(signal)
        is_resting = signal in {Signal.IDLE, Signal.BLIND}
        self._shown_at = None if is_resting else self._parts.clock.ticks()


def _card(text: str) -> Card | None:
    try:
        return card_of(text)
    except WireError:
        return None
