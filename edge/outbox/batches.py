"""Cut pending rows into batches: consecutive seqs of one life, one boot, one wall clock offset and one quality.

Rows are never changed once written, so any cut decodes to the same rows.
"""

import sqlite3
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import NamedTuple

from edge.errors import DamagedRowsError
from edge.outbox.rows import unpack
from wire.messages import Batch, ClockQuality

_COLUMNS = "seq, kind, boot_id, at, wall_offset, quality, body"
_U32_MAX = 0xFFFF_FFFF


class Part(NamedTuple):
    """Consecutive seqs of one outbox, both ends included."""

    outbox_id: bytes
    first: int
    last: int


class _Stored(NamedTuple):
    seq: int
    kind: int
    boot_id: bytes
    at: int
    wall_offset: int
    quality: int
    body: bytes


def live_batch(connection: sqlite3.Connection, limit: int, busy: Collection[Part], after: int) -> Batch | None:
    """Return the newest pending rows of the current life with a seq above `after`, none of them busy."""
    number, outbox_id = connection.execute("SELECT number, outbox_id FROM life ORDER BY number DESC").fetchone()
    floor = max([after, *(part.last for part in busy if part.outbox_id == outbox_id)])
    found = _fetch(connection, "life = ? AND settled = 0 AND seq > ? ORDER BY seq DESC LIMIT ?", (number, floor, limit))
    rows = _joined(found)
    return _batch(outbox_id, rows[::-1]) if rows else None


def backlog_batches(connection: sqlite3.Connection, limit: int, count: int, busy: Collection[Part]) -> list[Batch]:
    """Return up to `count` batches of the oldest pending rows, none of them busy."""
    made: list[Batch] = []
    for number, outbox_id in connection.execute("SELECT number, outbox_id FROM life ORDER BY number").fetchall():
        taken = sorted(part for part in busy if part.outbox_id == outbox_id)
        after = 0
        while len(made) < count:
            rows = _oldest(connection, number, after, limit, taken)
            if not rows:
                break
            made.append(_batch(outbox_id, rows))
            after = rows[-1].seq
    return made


def batch_of(connection: sqlite3.Connection, part: Part) -> Batch | None:
    """Return exactly these rows as a batch; None when they are not all pending any more."""
    found = _fetch(
        connection,
        "life = (SELECT number FROM life WHERE outbox_id = ?) AND settled = 0 AND seq BETWEEN ? AND ? ORDER BY seq",
        part,
    )
    whole = len(_joined(found)) == part.last - part.first + 1
    return _batch(part.outbox_id, found) if whole else None


def _oldest(
    connection: sqlite3.Connection, number: int, after: int, limit: int, taken: Iterable[Part]
) -> list[_Stored]:
    ceiling = None
    for part in taken:
        rows = _fetch(connection, "life = ? AND settled = 0 AND seq > ? ORDER BY seq LIMIT 1", (number, after))
        if rows and rows[0].seq < part.first:
            ceiling = part.first
            break
        after = max(after, part.last)
    where = "life = ? AND settled = 0 AND seq > ? AND seq < ? ORDER BY seq LIMIT ?"
    return _joined(_fetch(connection, where, (number, after, ceiling or 2**62, limit)))


def _fetch(connection: sqlite3.Connection, where: str, values: tuple[object, ...]) -> list[_Stored]:
    found = connection.execute(f"SELECT {_COLUMNS} FROM row WHERE {where}", values)  # noqa: S608  # our own text only
    return [_Stored(*row) for row in found]


def _joined(rows: list[_Stored]) -> list[_Stored]:
    """Return the longest beginning that may be one batch."""
    for position, (one, other) in enumerate(pairwise(rows), start=1):
        is_next = abs(other.seq - one.seq) == 1
        if not is_next or _epoch(one) != _epoch(other) or abs(other.at - rows[0].at) > _U32_MAX // 2:
            return rows[:position]
    return rows


def _epoch(row: _Stored) -> tuple[bytes, int, int]:
    return row.boot_id, row.wall_offset, row.quality


def _batch(outbox_id: bytes, rows: list[_Stored]) -> Batch:
    first = rows[0]
    try:
        content = tuple(unpack(row.kind, row.at, row.body) for row in rows)
        quality = ClockQuality(first.quality)
    except ValueError:
        raise DamagedRowsError(outbox_id, first.seq, rows[-1].seq) from None
    return Batch(outbox_id, first.seq, first.boot_id, first.wall_offset, quality, content)
