"""When a heartbeat is due and what it says; the claims in it are made last, after all they cover is committed."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edge.checkin import Reason, second_of_day
from edge.clock import KioskClock
from edge.gatebook import GateBookView
from edge.health.sight import Sight
from edge.outbox import LifeHead, Outbox
from edge.ports import ClockReading
from wire.messages import TICKS_PER_SECOND, Claim, Heartbeat

BUSY_SECONDS, IDLE_SECONDS = 120, 600
CLAIM_DELAY_SECONDS = 1.5
"""A claim for a moment is first tried this long after it, so that T can have passed it."""
CLAIM_SPREAD_SECONDS = 5.0
CLAIM_LIMIT_SECONDS = 10.0
_DAY = 86_400


@dataclass
class Tally:
    """What was counted since the program began."""

    taps: int = 0
    refusals: Counter[Reason] = field(default_factory=Counter)
    unknown: int = 0
    """Check-ins of cards that the gate book does not know: of another school, or misread."""
    decoder_deaths: int = 0


class Heartbeats:
    """Makes heartbeats; used by one thread, but `owe` may be called from any."""

    def __init__(  # noqa: PLR0913  # all that a heartbeat speaks of
        self, *, kiosk_id: str, outbox: Outbox, clock: KioskClock, sight: Sight, book: Callable[[], GateBookView],
        tally: Tally, folder: Path, version: str, speed: float = 1.0,
    ) -> None:  # fmt: skip
        self._outbox, self._clock, self._sight, self._book = outbox, clock, sight, book
        self._tally, self._folder, self._version, self._speed = tally, folder, version, speed
        self._delay_ticks = claim_delay_ticks(kiosk_id)
        self._is_owed, self._is_closed = True, False
        self._sent: ClockReading | None = None
        self._sent_frames = 0
        self._answered = 0
        self._tried = 0

    def owe(self) -> None:
        """Make one due now: after a reconnect, or when the backlog was sent."""
        self._is_owed = True

    def close_day(self) -> None:
        """Mark every claim from now on as the guard's last: nobody passes here any more today."""
        self._is_closed = True

    def is_due(self) -> bool:
        """Tell whether one should be sent now."""
        now = self._clock.reading()
        return self._is_owed or self._is_interval_over(now) or self._is_claim_wanted(now)

    def _is_interval_over(self, now: ClockReading) -> bool:
        if self._sent is None or self._sent.boot_id != now.boot_id:
            return True
        book = self._book()
        seconds = BUSY_SECONDS if book.is_open(second_of_day(now, book)) else IDLE_SECONDS
        return now.ticks - self._sent.ticks >= seconds * TICKS_PER_SECOND

    def _is_claim_wanted(self, now: ClockReading) -> bool:
        moment = last_moment(now, self._book())
        since = now.ticks + now.wall_offset - moment
        if moment <= self._answered or since < self._delay_ticks:
            return False
        is_past = self._sight.through + now.wall_offset >= moment
        return is_past or (since >= CLAIM_LIMIT_SECONDS * TICKS_PER_SECOND and self._tried != moment)

    def make(self) -> Heartbeat:
        """Make a heartbeat: T is taken first, the open span becomes a row, then the seqs are read."""
        self._is_owed = False
        through = self._sight.claim()
        backlog = self._outbox.backlog()
        now = self._clock.reading()
        self._note_moment(now, through)
        rate = self._rate(now)
        self._sent = now
        claims = tuple(claim_of(life, through, is_closed=self._is_closed) for life in backlog.lives)
        return Heartbeat(
            boot_id=now.boot_id, sent=now.ticks, wall_offset=now.wall_offset, quality=now.quality,
            claims=claims, backlog=backlog.pending,
            oldest_kept_seq=self._outbox.oldest_kept_seq(), sighted=self._sight.is_open, frames_per_second=rate,
            taps=self._tally.taps, refusals=self._tally.refusals.total(),
            disk_free_bytes=shutil.disk_usage(self._folder).free, gate_book_revision=self._book().revision,
            version=self._version,
        )  # fmt: skip

    def _note_moment(self, now: ClockReading, through: int) -> None:
        self._tried = moment = last_moment(now, self._book())
        if through + now.wall_offset >= moment:
            self._answered = moment

    def _rate(self, now: ClockReading) -> float:
        """Return frames a real second since the last heartbeat."""
        frames, self._sent_frames = self._sight.frames - self._sent_frames, self._sight.frames
        ticks = now.ticks - self._sent.ticks if self._sent else 0
        return min(1000.0, round(frames * TICKS_PER_SECOND * self._speed / ticks, 2)) if ticks > 0 else 0.0


def claim_of(life: LifeHead, through: int, *, is_closed: bool = False) -> Claim:
    """Return the claim for one life; one that was left and is empty owes nothing more."""
    is_ended = not life.is_current and life.pending == 0
    return Claim(life.outbox_id, through, life.seq, life.boot_id, ended=is_ended, closed=is_closed)


def claim_delay_ticks(kiosk_id: str) -> int:
    """Return when after a moment this kiosk claims, spread so that not all of a province speak at once."""
    (draw,) = hashlib.blake2b(kiosk_id.encode(), digest_size=1).digest()
    return round((CLAIM_DELAY_SECONDS + CLAIM_SPREAD_SECONDS * draw / 255) * TICKS_PER_SECOND)


def last_moment(now: ClockReading, book: GateBookView) -> int:
    """Return the last moment, in wall ticks, at which the gate book wants a claim; 0 when it wants none."""
    if not book.claim_at:
        return 0
    second = second_of_day(now, book)
    ago = min((second - wanted) % _DAY for wanted in book.claim_at)
    return ((now.ticks + now.wall_offset) // TICKS_PER_SECOND - ago) * TICKS_PER_SECOND
