"""Opens the collector's database ready for use: every table there, and a ledger id of its own."""

import secrets
from datetime import datetime

from collector.db import Database
from collector.models.base import Base
from collector.models.checkin import CollectorIdentity

_LEDGER_ID_BYTES = 16


def open_database(url: str, now: datetime) -> Database:
    """Open the database; make the tables that are missing, and the ledger id when it is new."""
    database = Database(url)
    database.create_tables(Base.metadata)
    with database.transaction() as session:
        if session.get(CollectorIdentity, 1) is None:
            ledger_id = secrets.token_bytes(_LEDGER_ID_BYTES)
            session.add(CollectorIdentity(id=1, ledger_id=ledger_id, created_at=now))
    return database
