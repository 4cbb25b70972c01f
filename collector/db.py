"""The one door to the database and the only place that commits.

On SQLite there is one writer connection, every write transaction begins IMMEDIATE and is synchronous=FULL, and
readers see a snapshot beside it (WAL). Nothing awaits inside a transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from collector.errors import DatabaseError

_WRITER_WAIT_SECONDS = 30
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_WRITER_WAIT_SECONDS * 1000}")


class Database:
    """Transactions over one database."""

    def __init__(self, url: str) -> None:
        self._is_sqlite = url.startswith("sqlite")
        if self._is_sqlite:
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        self._writer = self._engine(url, "BEGIN IMMEDIATE", size=1)
        self._reader = self._engine(url, "BEGIN", size=8) if self._is_sqlite else self._writer
        self._commits = 0
        self._changed = Condition()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Write: commit when the block ends, roll back when it raises."""
        with self._guarded(), Session(self._writer, expire_on_commit=False) as session:
            yield session
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
            return create_engine(url)
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

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise DatabaseError(f"The database does not answer as it should: {error.orig}.") from error


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
