"""What is done with a row that a failing card has changed: the wire cannot carry it, so it must not hold up the others.

It is set aside: kept in the file, counted, never sent, never pruned. Each start tries it again, since a newer program
may read it. The seq stays a hole in the collector's ledger, which is true: what happened there is not known.
"""

import sqlite3

from edge.errors import DamagedRowsError
from edge.outbox import batches
from edge.outbox.batches import Part
from wire.codec import encode_batch
from wire.errors import WireError

SET_ASIDE = 2
"""Value of `settled` beside 0 (pending) and 1 (settled)."""


def set_aside(connection: sqlite3.Connection, part: Part) -> int:
    """Set aside the pending rows of a part that cannot be sent by themselves; return how many."""
    found = connection.execute(
        "SELECT life, seq FROM row JOIN life ON number = life "
        "WHERE outbox_id = ? AND settled = 0 AND seq BETWEEN ? AND ?",
        part,
    ).fetchall()
    damaged = [(life, seq) for life, seq in found if not _is_sendable(connection, Part(part.outbox_id, seq, seq))]
    connection.executemany(f"UPDATE row SET settled = {SET_ASIDE} WHERE life = ? AND seq = ?", damaged)  # noqa: S608  # our own number
    return len(damaged)


def try_again(connection: sqlite3.Connection) -> None:
    """Make all rows that were set aside pending again."""
    connection.execute("UPDATE row SET settled = 0 WHERE settled = ?", (SET_ASIDE,))


def count(connection: sqlite3.Connection) -> int:
    """Return how many rows are set aside; looks at every row."""
    return int(connection.execute("SELECT count(*) FROM row WHERE settled = ?", (SET_ASIDE,)).fetchone()[0])


def _is_sendable(connection: sqlite3.Connection, one: Part) -> bool:
    try:
        batch = batches.batch_of(connection, one)
        return batch is not None and bool(encode_batch(batch))
    except (DamagedRowsError, WireError):
        return False
