"""Take over what can still be read of a damaged outbox file, under the same outbox ids and seqs.

The damaged file itself is only read: what cannot be reached here is left for a person with better tools.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

_TABLES = (("life", "number"), ("row", "life, seq"), ("open_span", "one"), ("state", "name"))


def salvage(damaged: Path, target: sqlite3.Connection) -> int:
    """Copy lives and rows from the damaged file into the new one; return how many rows were saved."""
    with suppress(sqlite3.DatabaseError), closing(_opened(damaged)) as source:
        for table, key in _TABLES:
            _copy(source, target, table, key)
    _drop_what_does_not_fit(target)
    return int(target.execute("SELECT count(*) FROM row").fetchone()[0])


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str, key: str) -> None:
    """Read from the front until a damaged page, then from the back until one."""
    for order in (key, ", ".join(f"{part} DESC" for part in key.split(", "))):
        try:
            for row in source.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608  # our own names only
                with suppress(sqlite3.IntegrityError):
                    places = ", ".join("?" * len(row))
                    target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", row)  # noqa: S608
        except sqlite3.DatabaseError:
            continue
        return


def _drop_what_does_not_fit(target: sqlite3.Connection) -> None:
    """Remove rows without a life and values that a damaged page made up."""
    target.execute(
        "DELETE FROM life WHERE length(outbox_id) != 16 OR typeof(head) != 'integer' OR typeof(board) != 'text'"
    )
    target.execute(
        "DELETE FROM row WHERE life NOT IN (SELECT number FROM life) OR length(boot_id) != 16 OR kind NOT IN (0, 1, 2)"
        " OR typeof(at) != 'integer' OR typeof(wall_offset) != 'integer' OR quality NOT IN (0, 1, 2, 3)"
        " OR length(body) != CASE kind WHEN 0 THEN 10 WHEN 1 THEN 9 ELSE 17 END"
    )
    target.execute("DELETE FROM open_span WHERE length(boot_id) != 16 OR NOT EXISTS (SELECT 1 FROM life)")
    target.execute("UPDATE life SET head = max(head, (SELECT coalesce(max(seq), 0) FROM row WHERE life = number))")
