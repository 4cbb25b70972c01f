"""Paces messages and keeps nights quiet; pure but for the little memory of who was written to when.

Telegram allows about 30 messages a second in all, one a second to a chat and 20 a minute to a group, and punishes a
burst: we stay below all three, with a burst of one.
"""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from collector.errors import SettingsError
from collector.models import NotificationKind
from wire.messages import TICKS_PER_SECOND

_BETWEEN_ANY_TICKS = TICKS_PER_SECOND // 25
_BETWEEN_CHAT_TICKS = round(1.05 * TICKS_PER_SECOND)
_BETWEEN_GROUP_TICKS = 3 * TICKS_PER_SECOND
_MANY = 10_000
_CORRECTIONS_QUIET_FROM = time(21)

PRIORITY = {NotificationKind.ABSENT: 1, NotificationKind.CORRECTION: 1, NotificationKind.LATE: 2}
"""The lower goes first."""

FIRST_PAUSE_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 900.0
MOST_UNKNOWN_ATTEMPTS = 5
"""After so many sends of which nobody knows the outcome a message is left alone: one of them will have arrived."""


def unknown_pause(attempts: int) -> float:
    """Return how many seconds to wait after the n-th send whose outcome is unknown."""
    return float(min(FIRST_PAUSE_SECONDS * 2 ** max(0, attempts - 1), LONGEST_PAUSE_SECONDS))


class Pace:
    """When the next message may go, in ticks of the boot clock."""

    def __init__(self) -> None:
        self._any_free_at = 0
        self._chat_free_at: dict[str, int] = {}

    def free_at(self, address: str) -> int:
        """Return the tick from which this chat may be written to."""
        return self._chat_free_at.get(address, 0)

    @property
    def any_free_at(self) -> int:
        """Return the tick from which any chat may be written to."""
        return self._any_free_at

    def spend(self, address: str, at: int) -> None:
        """Note that a message went to this chat."""
        if len(self._chat_free_at) > _MANY:
            self._chat_free_at = {chat: free for chat, free in self._chat_free_at.items() if free > at}
        between = _BETWEEN_GROUP_TICKS if address.startswith("-") else _BETWEEN_CHAT_TICKS
        self._any_free_at = max(self._any_free_at, at + _BETWEEN_ANY_TICKS)
        self._chat_free_at[address] = at + between

    def hold_all(self, until: int) -> None:
        """Note that the carrier wants nothing at all before this tick."""
        self._any_free_at = max(self._any_free_at, until)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The local hours in which guardians are left alone; corrections wait only from 21:00."""

    since: time
    until: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, since: str, until: str, zone: ZoneInfo) -> "QuietHours":
        """Read `20:00` and `06:00`; raise SettingsError."""
        try:
            return cls(time.fromisoformat(since), time.fromisoformat(until), zone)
        except ValueError:
            raise SettingsError(
                f"The settings quiet_from = {since!r} and quiet_until = {until!r} must be times like 20:00."
            ) from None

    def allowed(self, now: datetime) -> tuple[NotificationKind, ...]:
        """Return the kinds of message that may go now."""
        clock = now.astimezone(self.zone).time()
        if not _is_between(self.since, clock, self.until):
            return tuple(NotificationKind)
        if _is_between(max(self.since, _CORRECTIONS_QUIET_FROM), clock, self.until):
            return ()
        return (NotificationKind.CORRECTION,)


def _is_between(since: time, clock: time, until: time) -> bool:
    """Tell whether a clock shows a time of a span that may run over midnight."""
    if since <= until:
        return since <= clock < until
    return clock >= since or clock < until
