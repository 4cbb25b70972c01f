"""What a receipt does to the outbox: settle, make pending again, or move a fork's rows to a new life.

A row is settled only by a held range with the row's own boot id (P2, P3): the same seqs under another boot are
somebody else's rows, and ours would be lost if we believed that the collector has them.
"""

import secrets
import sqlite3
from collections.abc import Iterable

from wire.messages import Receipt, SeqRange

OUTBOX_ID_BYTES = 16


def new_life(connection: sqlite3.Connection, board: str, created_at: int) -> int:
    """Begin a life; return its number."""
    made = connection.execute(
        "INSERT INTO life (outbox_id, board, created_at) VALUES (?, ?, ?)",
        (secrets.token_bytes(OUTBOX_ID_BYTES), board, created_at),
    )
    return int(made.lastrowid or 0)


def settle(connection: sqlite3.Connection, receipt: Receipt, now: int) -> tuple[int, int]:
    """Do what a receipt says; return how many rows were settled and how many moved to a new life."""
    found = connection.execute("SELECT number FROM life WHERE outbox_id = ?", (receipt.outbox_id,)).fetchone()
    if found is None or not _is_news(connection, found[0], receipt):
        return 0, 0
    settled = _settle_held(connection, found[0], receipt)
    return settled, _move_fork(connection, found[0], receipt.forked, now)


def is_ours(connection: sqlite3.Connection, receipt: Receipt) -> bool:
    """Tell whether a receipt speaks of an outbox of this file."""
    found = connection.execute("SELECT 1 FROM life WHERE outbox_id = ?", (receipt.outbox_id,))
    return found.fetchone() is not None


def _is_news(connection: sqlite3.Connection, life: int, receipt: Receipt) -> bool:
    """Take note of ledger and revision; tell whether the receipt may be used.

    A new ledger makes every kept row pending: the collector's database was made or restored.
    """
    known = connection.execute("SELECT value FROM state WHERE name = 'ledger_id'").fetchone()
    if known != (receipt.ledger_id,):
        connection.execute("INSERT OR REPLACE INTO state VALUES ('ledger_id', ?)", (receipt.ledger_id,))
        connection.execute("UPDATE life SET revision = -1")
        if known is not None:
            connection.execute("UPDATE row SET settled = 0 WHERE settled = 1")
    noted = connection.execute(
        "UPDATE life SET revision = ? WHERE number = ? AND revision <= ?", (receipt.revision, life, receipt.revision)
    )
    return noted.rowcount == 1


def _settle_held(connection: sqlite3.Connection, life: int, receipt: Receipt) -> int:
    """Settle what the collector holds; return how many rows that were pending."""
    return sum(
        connection.execute(
            "UPDATE row SET settled = 1 WHERE life = ? AND settled = 0 AND seq BETWEEN ? AND ? AND boot_id = ?",
            (life, held.first, held.last, held.boot_id),
        ).rowcount
        for held in receipt.held
    )


def _move_fork(connection: sqlite3.Connection, life: int, forked: Iterable[SeqRange], created_at: int) -> int:
    """Give the forked rows that are still pending, and all new ones, a new life; return how many moved."""
    seqs = [
        seq
        for part in forked
        for (seq,) in connection.execute(
            "SELECT seq FROM row WHERE life = ? AND settled = 0 AND seq BETWEEN ? AND ?", (life, part.first, part.last)
        )
    ]
    if not seqs:
        return 0
    target, head = _current(connection)
    if target == life:
        (board,) = connection.execute("SELECT board FROM life WHERE number = ?", (life,)).fetchone()
        target, head = new_life(connection, board, created_at), 0
    connection.executemany(
        "UPDATE row SET life = ?, seq = ? WHERE life = ? AND seq = ?",
        [(target, head + place, life, seq) for place, seq in enumerate(sorted(set(seqs)), start=1)],
    )
    for number in (life, target):
        _find_head(connection, number, min(seqs) - 1 if number == life else 0)
    return len(set(seqs))


def _current(connection: sqlite3.Connection) -> tuple[int, int]:
    number, head = connection.execute("SELECT number, head FROM life ORDER BY number DESC").fetchone()
    return number, head


def _find_head(connection: sqlite3.Connection, life: int, otherwise: int) -> None:
    newest = connection.execute(
        "SELECT seq, boot_id FROM row WHERE life = ? ORDER BY seq DESC LIMIT 1", (life,)
    ).fetchone()
    connection.execute(
        "UPDATE life SET head = ?, head_boot_id = ? WHERE number = ?", (*(newest or (otherwise, None)), life)
    )
