"""One row as the columns of a table and back; the bytes never leave this file system, so their form is ours alone."""

import sqlite3
import struct

from edge.ports import ClockReading
from wire.card import TAG_BYTES
from wire.messages import CheckIn, ClockAnchor, ClockQuality, Lane, Row, SightSpan, Verdict

CHECK_IN, SIGHT, ANCHOR = 0, 1, 2
_CHECK_IN_FORM = struct.Struct(f"<{TAG_BYTES}sBB")
_SIGHT_FORM = struct.Struct("<QB")
_ANCHOR_FORM = struct.Struct("<QQB")


def pack(row: Row) -> tuple[int, bytes]:
    """Return a row's kind and its content but for the moment."""
    match row:
        case CheckIn():
            return CHECK_IN, _CHECK_IN_FORM.pack(row.tag, row.lane, row.verdict)
        case SightSpan():
            return SIGHT, _SIGHT_FORM.pack(row.start, row.lane)
        case ClockAnchor():
            return ANCHOR, _ANCHOR_FORM.pack(row.utc_ms, row.error_ms, row.source)


def unpack(kind: int, at: int, body: bytes) -> Row:
    """Return the row that was packed; raise ValueError when nothing was ever packed so."""
    try:
        return _unpack(kind, at, body)
    except struct.error:
        raise ValueError("a row does not have the length of its kind") from None


def _unpack(kind: int, at: int, body: bytes) -> Row:
    if kind == CHECK_IN:
        tag, lane, verdict = _CHECK_IN_FORM.unpack(body)
        return CheckIn(at, tag, Lane(lane), Verdict(verdict))
    if kind == SIGHT:
        start, lane = _SIGHT_FORM.unpack(body)
        return SightSpan(start, at, Lane(lane))
    utc_ms, error_ms, source = _ANCHOR_FORM.unpack(body)
    return ClockAnchor(at, utc_ms, error_ms, ClockQuality(source))


def store(connection: sqlite3.Connection, row: Row, reading: ClockReading) -> int:
    """Store a row as the next one of the current life; return its seq."""
    life, head = connection.execute("SELECT number, head FROM life ORDER BY number DESC LIMIT 1").fetchone()
    seq: int = head + 1
    kind, body = pack(row)
    connection.execute(
        "INSERT INTO row (life, seq, kind, boot_id, at, wall_offset, quality, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (life, seq, kind, reading.boot_id, row.at, reading.wall_offset, reading.quality, body),
    )
    connection.execute("UPDATE life SET head = ?, head_boot_id = ? WHERE number = ?", (seq, reading.boot_id, life))
    return seq
