"""The outbox itself: append, keep, settle. What it promises is written at the package."""

import sqlite3
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from edge.outbox import batches, damage, report, settlement
from edge.outbox.batches import Part
from edge.outbox.file import OutboxFile
from edge.outbox.rows import CHECK_IN, store, unpack
from edge.ports import ClockReading
from wire.clock import to_ticks
from wire.messages import Batch, CheckIn, Receipt, Row, SightSpan

KEPT_SETTLED_ROWS = 100_000
"""Settled rows stay for a collector that is restored from a backup."""
_PRUNE_STEP = 1000
_RECENT_ROWS = 1000


class Settlement(NamedTuple):
    """What a receipt changed."""

    settled: int
    moved: int
    """Rows that got a new outbox id, because this outbox was found to be a copy."""
    pending: int
    """Rows that wait now, of all lives."""
    is_ours: bool
    """It spoke of an outbox of this kiosk."""


class Outbox:
    """All lives of one outbox file; may be used by several threads. Made by `open_outbox`."""

    def __init__(self, file: OutboxFile, notes: list[str]) -> None:
        self._file = file
        self.notes = notes
        """Sentences on what was found when the file was opened, for a person."""
        with file.reading() as connection:
            self._pending = _count_pending(connection)
            (self._kept,) = connection.execute("SELECT count(*) FROM row").fetchone()

    @property
    def pending(self) -> int:
        """How many rows no receipt has settled, of all lives."""
        return self._pending

    @property
    def outbox_id(self) -> bytes:
        """The id of the current life."""
        with self._file.reading() as connection:
            found = connection.execute("SELECT outbox_id FROM life ORDER BY number DESC LIMIT 1").fetchone()
        return bytes(found[0])

    def append(self, row: Row, reading: ClockReading) -> int:
        """Store a row; it is on the disk when this returns its seq. A sight span replaces the open one.

        Raises StorageFullError when it does not fit: nothing is stored then and no seq is used.
        """
        with self._file.lock:
            with self._file.transaction() as connection:
                if isinstance(row, SightSpan):
                    connection.execute("DELETE FROM open_span")
                seq = store(connection, row, reading)
            self._pending, self._kept = self._pending + 1, self._kept + 1
        return seq

    def keep_span(self, span: SightSpan, reading: ClockReading) -> None:
        """Store the span that is still open, in place of what was stored of it before."""
        with self._file.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO open_span VALUES (1, ?, ?, ?, ?, ?, ?)",
                (reading.boot_id, span.start, span.at, reading.wall_offset, reading.quality, span.lane),
            )

    def prove(self) -> None:
        """Commit something that means nothing; raise StorageFullError or OutboxError when that does not work."""
        with self._file.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO state VALUES ('proved', randomblob(16))")

    def pending_batches(
        self, limit_rows: int = 100, window: int = 8, busy: Collection[Part] = (), live_after: int | None = None
    ) -> list[Batch]:
        """Return up to `window` batches of pending rows outside the `busy` parts.

        First the newest rows above `live_after` (None: no live batch), then the backlog from the oldest on. Raises
        DamagedRowsError until such rows are set aside, as `batch_of` does.
        """
        made: list[Batch] = []
        with self._file.reading() as connection:
            if live_after is not None and window > 0:
                live = batches.live_batch(connection, limit_rows, busy, live_after)
                made += [live] if live else []
            taken = [*busy, *(part_of(batch) for batch in made)]
            return made + batches.backlog_batches(connection, limit_rows, window - len(made), taken)

    def batch_of(self, part: Part) -> Batch | None:
        """Return exactly these rows; None when they are not all pending any more."""
        with self._file.reading() as connection:
            return batches.batch_of(connection, part)

    def set_aside(self, part: Part) -> int:
        """Set aside the rows of a part that the wire cannot carry, so that they hold up no other; return how many."""
        with self._file.lock:
            with self._file.transaction() as connection:
                damaged = damage.set_aside(connection, part)
            self._pending -= damaged
        return damaged

    def settle(self, receipt: Receipt, now: datetime) -> Settlement:
        """Do what a receipt says; one for another outbox or of an older revision does nothing."""
        with self._file.lock:
            with self._file.transaction() as connection:
                settled, moved = settlement.settle(connection, receipt, to_ticks(now))
                is_ours = settlement.is_ours(connection, receipt)
                pending = _count_pending(connection)
            self._pending = pending
            self._prune(self._kept - pending - KEPT_SETTLED_ROWS)
        return Settlement(settled, moved, pending, is_ours)

    def _prune(self, excess: int) -> None:
        if excess < _PRUNE_STEP:
            return
        with self._file.transaction() as connection:
            gone = connection.execute(
                "DELETE FROM row WHERE (life, seq) IN "
                "(SELECT life, seq FROM row WHERE settled = 1 ORDER BY life, seq LIMIT ?)",
                (excess,),
            )
            self._kept -= gone.rowcount

    def recent_taps(self, window_ticks: int, reading: ClockReading) -> dict[bytes, int]:
        """Return tag -> boot ticks of the check-ins of the last `window_ticks`.

        Those of an earlier boot are placed by the wall clock.
        """
        with self._file.reading() as connection:
            found = connection.execute(
                "SELECT boot_id, at, wall_offset, body FROM row WHERE kind = ? ORDER BY life DESC, seq DESC LIMIT ?",
                (CHECK_IN, _RECENT_ROWS),
            ).fetchall()
        taps: dict[bytes, int] = {}
        for boot_id, at, wall_offset, body in reversed(found):
            moment = at if boot_id == reading.boot_id else at + wall_offset - reading.wall_offset
            with suppress(ValueError):  # a damaged row is no tap
                row = unpack(CHECK_IN, moment, body)
                if isinstance(row, CheckIn) and 0 <= reading.ticks - moment < window_ticks:
                    taps[row.tag] = moment
        return taps

    def backlog(self) -> report.Backlog:
        """Count what waits."""
        with self._file.reading() as connection:
            return report.backlog_of(connection)

    def oldest_kept_seq(self) -> int:
        """Return the oldest seq of the current life that is still here; 0 when there is none."""
        with self._file.reading() as connection:
            (seq,) = connection.execute(
                "SELECT min(seq) FROM row WHERE life = (SELECT max(number) FROM life)"
            ).fetchone()
        return seq or 0

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._file.close()


def part_of(batch: Batch) -> Part:
    """Return the seqs of a batch."""
    return Part(batch.outbox_id, batch.first_seq, batch.last_seq)


def _count_pending(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM row WHERE settled = 0").fetchone()[0])
