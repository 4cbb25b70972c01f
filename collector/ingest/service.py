"""Ingest as a worker: one reader, one writer, no timer. While one commit runs, the next group gathers.

What is acknowledged to the broker is committed here; what is not comes again. A database that is away for a moment
costs one line in the log and nothing else. A message that cannot be stored is put aside, and never stops the others.
"""

import logging
from collections.abc import Callable

from sqlalchemy import exc

from collector.broker import BrokerClient
from collector.db import Database
from collector.errors import DatabaseError
from collector.ingest import repository, writer
from collector.ingest.ledgers import Answer
from collector.ingest.receipts import Receipts
from collector.ingest.subscriber import Arrival, Inbox, Subscriber
from wire import topics
from wire.clock import Clock
from wire.topics import Up

log = logging.getLogger(__name__)


class Ingest:
    """Takes the messages of all kiosks; call `step` from one thread, again at once while it returns True."""

    def __init__(self, database: Database, clock: Clock, client: BrokerClient, on_commit: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._on_commit = on_commit
        self._inbox = Inbox()
        self._receipts = Receipts(database, clock, client)
        self._group: list[Arrival] = []
        self._is_database_away = False
        self.on_arrival: Callable[[], None] = _nothing
        """Called in the broker client's thread when there is work for `step`."""
        client.on_message = Subscriber(self._inbox, clock, self._note_arrival).take
        client.on_stop = self._inbox.close
        for leaf in Up:
            client.subscribe(topics.every(leaf))

    def step(self) -> bool:
        """Store one group, acknowledge it, send receipts that are due; tell whether there was a group."""
        self._group = self._group or self._inbox.take()
        had_work = bool(self._group)
        if had_work and not self._is_stored():
            return False
        self._group = []
        self._receipts.send_due()
        return had_work

    def _note_arrival(self) -> None:
        self.on_arrival()

    def _is_stored(self) -> bool:
        """Store the group whole, else message by message, so that one of them cannot hold up the others."""
        try:
            self._store(self._group)
        except Exception as error:
            if _is_away(error):
                self._note_away(error)
                return False
            log.exception("A group of messages could not be stored whole.")
            return self._stored_one_by_one()
        return True

    def _stored_one_by_one(self) -> bool:
        while self._group:
            try:
                self._store(self._group[:1])
            except Exception as error:
                if _is_away(error):
                    self._note_away(error)
                    return False
                log.exception("A message of %s could not be stored.", self._group[0].kiosk_id)
                self._put_aside(self._group[0])
            self._group = self._group[1:]
        return True

    def _store(self, group: list[Arrival]) -> None:
        now = self._clock.now()
        with self._database.transaction() as session:
            repository.ledger_id(session, now)
            answers = writer.write(session, group, now)
        self._settle(group, answers)

    def _put_aside(self, arrival: Arrival) -> None:
        now = self._clock.now()
        with self._database.transaction() as session:
            writer.keep_whole(session, arrival, "the collector stumbled over it", now)
        self._settle([arrival], [])

    def _settle(self, group: list[Arrival], answers: list[Answer]) -> None:
        if self._is_database_away:
            self._is_database_away = False
            log.info("The database is back; nothing was lost.")
        self._receipts.owe(answers)
        self._on_commit()
        for arrival in group:
            arrival.acknowledge()

    def _note_away(self, error: Exception) -> None:
        if not self._is_database_away:
            self._is_database_away = True
            log.error("Nothing is acknowledged until the database is back. %s", error)


def _is_away(error: Exception) -> bool:
    """Tell a database that cannot be reached, read or written now from a message that it will never take."""
    cause = error.__cause__ if isinstance(error, DatabaseError) else error
    if cause is None or type(cause) is exc.DatabaseError:
        # Our own word that its file is gone; the driver's that it is broken, which has no class of its own.
        return True
    return isinstance(cause, exc.OperationalError | exc.InterfaceError | exc.TimeoutError)


def _nothing() -> None:
    """Do nothing."""
