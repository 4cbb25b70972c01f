"""Looks after every school session until all its marks are final: a new day, a dirty mark, a claim that arrived.

It does nothing where nothing changed: a school session is looked at again only when something is dirty, when the
cutoff or the end has passed, or when something arrived by which its silence is judged.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from collector.absence import repository
from collector.absence.repository import Knowledge, OpenHalfDay
from collector.absence.service import settle_dirty, settle_open
from collector.db import Database
from collector.schedule.service import ensure_sessions, local_day
from wire.clock import Clock

_ENSURED_FOR = timedelta(minutes=1)

_Look = tuple[Knowledge, bool, bool, date]
"""What was known at the last look, and which moments had passed."""


class Sweep:
    """Settles what is due; one sweep a database."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._ensured: dict[tuple[int, date], datetime] = {}
        self._looks: dict[int, _Look] = {}

    def step(self) -> bool:
        """Settle all that is due; tell whether any mark changed, so that the next look may follow at once."""
        now = self._clock.now()
        self._ensure(now)
        with self._database.reading() as session:
            dirty = repository.dirty_half_days(session)
        has_changed = [self._settle_dirty(half_day_id, now) for half_day_id in dirty]
        has_changed += [self._settle_open(half_day, look, now) for half_day, look in self._due(now)]
        return any(has_changed)

    def _ensure(self, now: datetime) -> None:
        """Make today's school sessions; asked again each minute, because a schedule may change."""
        today = local_day(now, self._zone)
        with self._database.reading() as session:
            schools = repository.schools(session)
        due = [school for school in schools if self._is_ensure_due(school, today, now)]
        if due:
            with self._database.transaction() as session:
                for school in due:
                    ensure_sessions(session, school, today, self._zone)
            self._ensured = {key: at for key, at in self._ensured.items() if key[1] == today}
            self._ensured |= {(school, today): now for school in due}

    def _is_ensure_due(self, school: int, today: date, now: datetime) -> bool:
        ensured_at = self._ensured.get((school, today))
        return ensured_at is None or abs(now - ensured_at) >= _ENSURED_FOR

    def _due(self, now: datetime) -> list[tuple[OpenHalfDay, _Look]]:
        """Return the school sessions of which more is known than at the last look."""
        today = local_day(now, self._zone)
        with self._database.reading() as session:
            half_days = repository.open_half_days(session, [today])
            known = {
                school: repository.knowledge_of(session, school) for school in {one.school_id for one in half_days}
            }
        self._forget(half_day.id for half_day in half_days)
        looks = [(one, (known[one.school_id], now >= one.cutoff_at, now >= one.closes_at, today)) for one in half_days]
        return [(half_day, look) for half_day, look in looks if self._looks.get(half_day.id) != look]

    def _forget(self, open_ids: Iterable[int]) -> None:
        kept = set(open_ids)
        self._looks = {half_day_id: look for half_day_id, look in self._looks.items() if half_day_id in kept}

    def _settle_dirty(self, half_day_id: int, now: datetime) -> bool:
        with self._database.transaction() as session:
            return settle_dirty(session, half_day_id, now, self._zone)

    def _settle_open(self, half_day: OpenHalfDay, look: _Look, now: datetime) -> bool:
        with self._database.transaction() as session:
            has_changed = settle_open(session, half_day.id, now, self._zone)
        self._looks[half_day.id] = look
        return has_changed
