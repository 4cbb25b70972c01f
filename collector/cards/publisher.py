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
    """Worker: one look at every school a step."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo, publish: Publish) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._publish = publish
        self._published: dict[str, bytes] = {}

    def step(self) -> bool:
        """Publish what changed; there is never more to do at once."""
        with self._database.transaction() as session:
            wanted = {
                kiosk: gatebook.refresh(session, school, self._clock.now(), self._zone).manifest
                for school in list(session.scalars(select(School.id)))
                for kiosk in gatebook.kiosks_of(session, school)
            }
        for kiosk, manifest in wanted.items():
            if self._published.get(kiosk) != manifest:
                self._publish(topic(kiosk, Down.GATE_BOOK), manifest, True)  # noqa: FBT003 - the door's own order
                self._published[kiosk] = manifest
        return False

    def forget(self) -> None:
        """Publish everything at the next step: the broker may have lost what it retained."""
        self._published.clear()
