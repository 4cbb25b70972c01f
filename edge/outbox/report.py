"""What waits in an outbox, for heartbeats and for the person who asks; only reads."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from edge.errors import OutboxError
from edge.outbox import damage
from wire.clock import from_ticks

NO_BOOT = bytes(16)


class LifeHead(NamedTuple):
    """One life of an outbox file."""

    outbox_id: bytes
    seq: int
    """Its newest row; 0 when it has none."""
    boot_id: bytes
    """The boot of that row; zeros when there is none."""
    pending: int
    is_current: bool
    """New rows go into it; all others were left."""


class Backlog(NamedTuple):
    """The rows that no receipt has settled."""

    pending: int
    oldest_at: datetime | None
    """What the kiosk's own wall clock said when the oldest of them occurred."""
    lives: tuple[LifeHead, ...]
    set_aside: int = 0
    """Damaged rows that are kept and never sent; counted only for the person who asks."""


def backlog_of(connection: sqlite3.Connection) -> Backlog:
    """Count what waits."""
    lives = life_heads(connection)
    oldest = connection.execute(
        "SELECT at + wall_offset FROM row WHERE settled = 0 ORDER BY life, seq LIMIT 1"
    ).fetchone()
    return Backlog(sum(life.pending for life in lives), from_ticks(oldest[0]) if oldest else None, lives)


def life_heads(connection: sqlite3.Connection) -> tuple[LifeHead, ...]:
    """Return all lives, the oldest first."""
    found = connection.execute(
        "SELECT outbox_id, head, head_boot_id, "
        "(SELECT count(*) FROM row WHERE settled = 0 AND life = number) FROM life ORDER BY number"
    ).fetchall()
    return tuple(
        LifeHead(outbox_id, head, boot_id or NO_BOOT, pending, is_current=place == len(found))
        for place, (outbox_id, head, boot_id, pending) in enumerate(found, start=1)
    )


def peek(path: Path) -> Backlog:
    """Read the backlog of an outbox file that another process may be writing."""
    if not path.is_file():
        raise OutboxError(f"There is no outbox at {path} yet: start the kiosk once, or check data_folder.")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            return backlog_of(connection)._replace(set_aside=damage.count(connection))
    except sqlite3.Error as error:
        raise OutboxError(f"The outbox {path} cannot be read ({error}): start the kiosk, it sets it aside.") from error
