"""Keeps the retained manifest of every kiosk true: published when it changed, and anew after each reconnect."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlalchemy import select

from collector.cards import gatebook
from collector.db import Database
from collector.models import School
from wire.clock import Clock
from wire.topics import Down, topic

Publish = Callable[[str, bytes, bool], None]
"""Topic, payload, retained."""


class GateBookPublisher:
    """Worker: one look at every school a step; it writes to the database only when a gate book changed."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo, publish: Publish) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._publish = publish
        self._published: dict[str, bytes] = {}

    def step(self) -> bool:
        """Publish what changed; there is never more to do at once."""
        published = self._published
        self._refresh()
        for kiosk, manifest in self._wanted().items():
            if published.get(kiosk) != manifest:
                self._publish(topic(kiosk, Down.GATE_BOOK), manifest, True)  # noqa: FBT003 - the door's own order
                published[kiosk] = manifest
        return False

    def forget(self) -> None:
        """Publish everything at the next step: the broker was away and may have lost what it retained.

        A step under way keeps its notes in what is forgotten here, so that nothing it publishes too early is believed.
        """
        self._published = {}

    def _refresh(self) -> None:
        now = self._clock.now()
        with self._database.reading() as session:
            schools = session.scalars(select(School.id).order_by(School.id)).all()
            stale = [school for school in schools if not gatebook.is_current(session, school, now, self._zone)]
        for school in stale:
            with self._database.transaction() as session:
                gatebook.refresh(session, school, now, self._zone)

    def _wanted(self) -> dict[str, bytes]:
        with self._database.reading() as session:
            return {
                kiosk: manifest
                for school in session.scalars(select(School.id)).all()
                if (manifest := gatebook.manifest_of(session, school)) is not None
                for kiosk in gatebook.kiosks_of(session, school)
            }
