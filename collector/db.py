"""The one door to the database and the only place that commits.

On SQLite there is one writer connection, every write transaction begins IMMEDIATE and is synchronous=FULL, and
readers see a snapshot beside it (WAL). Nothing awaits inside a transaction. Whatever goes wrong is told in a sentence
that names the file or the folder, because whoever reads it has to go there.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from collector.errors import DatabaseError

_WRITER_WAIT_SECONDS = 30
_FULL_BYTES = 1 << 20
"""With less than this left on the disk, an error of reading or writing is a full disk."""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_WRITER_WAIT_SECONDS * 1000}")


class Database:
    """Transactions over one database."""

    def __init__(self, url: str) -> None:
        self._is_sqlite = url.startswith("sqlite")
        self._file = Path(url.removeprefix("sqlite:///"))
        if self._is_sqlite:
            _make_folder(self._file.parent)
            _make_private(self._file)
        self._place = _place_of(self._file)
        self._writer = self._engine(url, "BEGIN IMMEDIATE", size=1)
        self._reader = self._engine(url, "BEGIN", size=8) if self._is_sqlite else self._writer
        self._commits = 0
        self._changed = Condition()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Write: commit when the block ends, roll back when it raises."""
        with self._guarded(), Session(self._writer, expire_on_commit=False) as session:
            yield session
            self._check_place()
            session.commit()
        with self._changed:
            self._commits += 1
            self._changed.notify_all()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read one snapshot; nothing written in the block is kept."""
        with self._guarded(), Session(self._reader) as session:
            yield session
            session.rollback()

    def create_tables(self, metadata: MetaData) -> None:
        """Create the tables that are missing."""
        with self._guarded():
            metadata.create_all(self._writer)

    def wait_for_change(self, seen: int, seconds: float) -> int:
        """Wait until this process committed more than `seen` transactions or real seconds passed; return the count."""
        with self._changed:
            self._changed.wait_for(lambda: self._commits != seen, seconds)
            return self._commits

    def close(self) -> None:
        """Close all connections."""
        self._writer.dispose()
        self._reader.dispose()

    def _engine(self, url: str, begin: str, size: int) -> Engine:
        if not self._is_sqlite:
            return _other_engine(url)
        engine = create_engine(
            url,
            pool_size=size,
            max_overflow=0 if size == 1 else 16,
            pool_timeout=_WRITER_WAIT_SECONDS,
            connect_args={"check_same_thread": False},
        )
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", lambda connection: _begin(connection, begin))
        return engine

    def _check_place(self) -> None:
        """Refuse to commit into a file that nobody will find again: what it holds would be lost, receipts and all."""
        if self._is_sqlite and _place_of(self._file) != self._place:
            raise DatabaseError(
                f"The database {self._file} was moved, removed or replaced under the running collector: stop it, bring "
                "the file back, start it again. Nothing is stored meanwhile, and kiosks keep their rows."
            )

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise DatabaseError(self._told(error)) from error

    def _told(self, error: DBAPIError) -> str:
        """Say what is wrong and what to do; `error` is as the driver raised it."""
        code = (getattr(error.orig, "sqlite_errorcode", None) or 0) & 0xFF
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return (
                f"The database {self._file} is broken ({error.orig}): stop the collector, move it away together with "
                "the files beside it that begin with its name, and bring back the backup. Kiosks still hold whatever "
                "they have no receipt for."
            )
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and self._is_disk_full()):
            return (
                f"The disk of {self._file.parent} is full: free some space. Nothing is lost, kiosks keep whatever they "
                "have no receipt for, and the collector goes on by itself."
            )
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            return (
                f"The database {self._file} cannot be written ({error.orig}): give this user the right to write there, "
                "or correct data_folder in the settings file."
            )
        return f"The database does not answer as it should: {error.orig}."

    def _is_disk_full(self) -> bool:
        return shutil.disk_usage(self._file.parent).free < _FULL_BYTES


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"The folder {folder} cannot be made ({error.strerror}): correct data_folder in the settings file, or make "
            "the folder so that this user may write there."
        ) from error


def _make_private(file: Path) -> None:
    """Make a new file that nobody else may read; SQLite gives the files beside it the same rights."""
    with suppress(OSError):  # SQLite says it better
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _place_of(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _other_engine(url: str) -> Engine:
    try:
        return create_engine(url)
    except (ArgumentError, ImportError) as error:
        raise DatabaseError(
            "The address of the database in the settings file is none, or its driver is not installed: correct it, or "
            "leave it out for SQLite."
        ) from error


def insert_into(session: Session, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Return an INSERT that knows ON CONFLICT in the dialect of this session's database."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)
