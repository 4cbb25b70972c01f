"""The one connection to the outbox file: its durability is asked for here and checked, and its errors become ours.

A damaged file is set aside under a dated name and never deleted. Two processes never write the same file.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import IO

from edge.errors import OutboxBusyError, OutboxError, StorageFullError

FORM = 1
"""`user_version` of the schema below."""
_SCHEMA = """
CREATE TABLE life (
    number INTEGER PRIMARY KEY, outbox_id BLOB NOT NULL UNIQUE, board TEXT NOT NULL, created_at INTEGER NOT NULL,
    head INTEGER NOT NULL DEFAULT 0, head_boot_id BLOB, revision INTEGER NOT NULL DEFAULT -1
);
CREATE TABLE row (
    life INTEGER NOT NULL REFERENCES life, seq INTEGER NOT NULL, kind INTEGER NOT NULL, boot_id BLOB NOT NULL,
    at INTEGER NOT NULL, wall_offset INTEGER NOT NULL, quality INTEGER NOT NULL, body BLOB NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (life, seq)
) WITHOUT ROWID;
CREATE INDEX pending ON row (life, seq) WHERE settled = 0;
CREATE TABLE open_span (
    one INTEGER PRIMARY KEY CHECK (one = 1), boot_id BLOB NOT NULL, start INTEGER NOT NULL, at INTEGER NOT NULL,
    wall_offset INTEGER NOT NULL, quality INTEGER NOT NULL, lane INTEGER NOT NULL
);
CREATE TABLE state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""
_DURABILITY = (("journal_mode", "WAL", "wal"), ("synchronous", "FULL", 2), ("foreign_keys", "ON", 1))
_FULL_CODES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE})
_DAMAGE_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class OutboxFile:
    """A connection under a lock; made by `open_file`."""

    def __init__(self, path: Path, guard: IO[bytes]) -> None:
        self.path = path
        self._guard = guard
        self.lock = RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)

    def prepare(self) -> None:
        """Ask for durability, check that it was granted, and make the tables."""
        with self.reading() as connection:
            for name, value, granted in _DURABILITY:
                connection.execute(f"PRAGMA {name} = {value}")
                if connection.execute(f"PRAGMA {name}").fetchone() != (granted,):
                    raise OutboxError(f"The outbox {self.path} cannot be made durable here: use a local file system.")
            connection.execute("PRAGMA temp_store = MEMORY")
            (form,) = connection.execute("PRAGMA user_version").fetchone()
        if form > FORM:
            raise OutboxError(f"The outbox {self.path} was made by a newer SalaGate: install that version again.")
        if form == 0:
            self._make_tables()

    def _make_tables(self) -> None:
        with self.transaction() as connection:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {FORM}")

    def is_sound(self) -> bool:
        """Tell whether the file is a whole database."""
        try:
            answer: tuple[str] = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            if _code(error) & 0xFF in _DAMAGE_CODES:
                return False
            raise
        return answer == ("ok",)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read under the lock."""
        with self.lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise _told(error, self.path) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write; what is inside is on the disk when this returns, or not at all when it raises."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        with self.lock:
            self._connection.close()
            self._guard.close()

    def drop_connection(self) -> None:
        """Close the database but keep others away from it."""
        self._connection.close()


def open_file(path: Path, now: datetime) -> tuple[OutboxFile, Path | None]:
    """Open the outbox file, making it when it is new.

    Returns it, and the path under which a damaged one was set aside.
    """
    guard = _guard(path)
    with ExitStack() as on_failure:
        on_failure.callback(guard.close)
        try:
            file = on_failure.enter_context(closing(OutboxFile(path, guard)))
            set_aside = None
            if not file.is_sound():
                file.drop_connection()
                set_aside = _set_aside(path, now)
                file = on_failure.enter_context(closing(OutboxFile(path, guard)))
            file.prepare()
        except sqlite3.Error as error:
            raise _told(error, path) from error
        on_failure.pop_all()
    return file, set_aside


def _guard(path: Path) -> IO[bytes]:
    """Lock the file beside the outbox for as long as this process works with it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        guard = path.with_name(path.name + ".lock").open("ab")
    except OSError as error:
        raise OutboxError(
            f"Cannot write in {path.parent}: {error.strerror}. Choose another data_folder or free it."
        ) from error
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        guard.close()
        raise OutboxBusyError(f"Another salagate-edge works with {path}: stop that one first.") from error
    return guard


def _set_aside(path: Path, now: datetime) -> Path:
    stem = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
    target, copy = stem, 1
    while target.exists():
        copy += 1
        target = stem.with_name(f"{stem.name}-{copy}")
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.replace(f"{path}{suffix}", f"{target}{suffix}")  # noqa: PTH105
    path.replace(target)
    return target


def _told(error: sqlite3.Error, path: Path) -> OutboxError:
    code = _code(error)
    if code in _FULL_CODES or code & 0xFF == sqlite3.SQLITE_FULL:
        return StorageFullError(f"The disk of {path.parent} is full: free some space; taps are refused until then.")
    return OutboxError(f"The outbox {path} cannot be used ({error}): check the disk, then start again.")


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0)
