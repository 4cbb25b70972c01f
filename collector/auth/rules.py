"""How long a login lives and how slow guessing gets: pure, so that both can be tested without waiting.

Durations are in the clock's own seconds: a simulated day runs fast, and a login must survive it.
"""

from datetime import datetime, timedelta

ABSOLUTE_LIFE = timedelta(hours=12)
IDLE_LIFE = timedelta(hours=8)
USE_NOTED_EVERY = timedelta(minutes=5)
"""A page that is read writes its login's `used_at` at most this often."""
FREE_FAILURES = 3
LONGEST_WAIT = timedelta(minutes=5)
FORGIVEN_AFTER = timedelta(days=1)
_CLOCK_STEP = timedelta(minutes=5)
"""A login that began later than this from now belongs to another clock."""


def is_alive(began_at: datetime, used_at: datetime, now: datetime) -> bool:
    """Tell whether a login may still be used."""
    return -_CLOCK_STEP < now - began_at < ABSOLUTE_LIFE and now - used_at < IDLE_LIFE


def is_use_noted(used_at: datetime, now: datetime) -> bool:
    """Tell whether `used_at` is fresh enough to be left alone."""
    return now - used_at < USE_NOTED_EVERY


def wait_before_next(failures: int, last_at: datetime, now: datetime) -> timedelta:
    """Return how long the next attempt must wait: nothing for the first three, then doubling to five minutes."""
    if failures < FREE_FAILURES or now - last_at > FORGIVEN_AFTER:
        return timedelta()
    pause = min(timedelta(seconds=2 ** min(failures - FREE_FAILURES + 1, 20)), LONGEST_WAIT)
    return max(timedelta(), min(last_at + pause - now, LONGEST_WAIT))
