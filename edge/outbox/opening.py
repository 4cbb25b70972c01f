"""What is to be done when an outbox is opened: close what an earlier run left open, begin a life where one is due."""

import sqlite3
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from edge.outbox import damage, settlement
from edge.outbox.file import OutboxFile, open_file
from edge.outbox.outbox import Outbox
from edge.outbox.rows import store
from edge.outbox.salvage import salvage
from edge.ports import ClockReading
from wire.clock import to_ticks
from wire.messages import ClockQuality, Lane, SightSpan


def open_outbox(path: Path, board: str, now: datetime) -> Outbox:
    """Open the outbox of this board, making it when it is new.

    What an earlier run left open becomes a row; a file of another board and a damaged one begin a new life.
    """
    file, set_aside = open_file(path, now)
    try:
        return Outbox(file, _recover(file, board, now, set_aside))
    except BaseException:
        file.close()
        raise


def _recover(file: OutboxFile, board: str, now: datetime, set_aside: Path | None) -> list[str]:
    notes = []
    with file.transaction() as connection:
        if set_aside is not None:
            saved = salvage(set_aside, connection)
            notes.append(
                f"The outbox {file.path} is damaged: it was set aside as {set_aside.name}, {saved} of its rows were "
                "taken over and a new outbox was begun; keep that file and tell the technician."
            )
        bound = connection.execute("SELECT board FROM life ORDER BY number DESC LIMIT 1").fetchone()
        _close_left_span(connection)
        damage.try_again(connection)
        if bound is not None and bound != (board,):
            notes.append(
                f"The outbox {file.path} was made by another board ({bound[0]}): its rows are sent as they are, new "
                "ones go into a new outbox."
            )
        if bound != (board,) or set_aside is not None:
            settlement.new_life(connection, board, to_ticks(now))
    return notes


def _close_left_span(connection: sqlite3.Connection) -> None:
    """Make the sight span that an earlier run left open a row of its own boot."""
    left = connection.execute("SELECT boot_id, start, at, wall_offset, quality, lane FROM open_span").fetchone()
    if left is None:
        return
    boot_id, start, at, wall_offset, quality, lane = left
    connection.execute("DELETE FROM open_span")
    with suppress(ValueError):  # a damaged span is no sight
        if start < at:
            reading = ClockReading(boot_id, at, wall_offset, ClockQuality(quality))
            store(connection, SightSpan(start, at, Lane(lane)), reading)
