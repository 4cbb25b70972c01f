"""Tells open pages that something changed, without a thread for each page and without holding up a shutdown.

One thread waits for commits of this process; each open page has an event of its own loop. A page hears at most twice a
second of changes, and once a second the time, so that it can tell by itself when nobody speaks to it any more.
"""

import asyncio
from collections.abc import AsyncIterator
from threading import Event, RLock, Thread

from collector.db import Database

QUIET_SECONDS = 0.5
TICK_SECONDS = 1.0
STREAM_SECONDS = 240.0
"""A stream ends after this and the browser comes back, so that a login that ended is noticed."""
MOST_STREAMS = 400
_POLL_SECONDS = 0.5
_STOP_SECONDS = 3.0


class _Listener:
    """One open page."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.changed = asyncio.Event()


class LiveFeed:
    """All open pages of this process; `start` and `close` belong to the program, not to a request."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[_Listener] = set()
        self._lock = RLock()
        """Reentrant: a signal may close the feed in the middle of anything."""
        self._stopping = Event()
        self._thread = Thread(target=self._watch, name="live", daemon=True)

    @property
    def is_full(self) -> bool:
        """Tell whether no further page can listen."""
        return len(self._listeners) >= MOST_STREAMS

    def start(self) -> None:
        """Begin to watch for commits."""
        self._thread.start()

    def close(self) -> None:
        """End every stream and the thread soon; may be called twice, from any thread, and by a signal."""
        self._stopping.set()
        self._wake_all()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join(_STOP_SECONDS)

    async def changes(self) -> AsyncIterator[bool]:
        """Yield True when something was committed and False when only a second passed, until the stream's end."""
        listener = _Listener()
        with self._lock:
            self._listeners.add(listener)
        ends_at = listener.loop.time() + STREAM_SECONDS
        try:
            while not self._stopping.is_set() and listener.loop.time() < ends_at:
                yield await self._next(listener)
        finally:
            with self._lock:
                self._listeners.discard(listener)

    async def _next(self, listener: _Listener) -> bool:
        try:
            await asyncio.wait_for(listener.changed.wait(), TICK_SECONDS)
        except TimeoutError:
            return False
        if not self._stopping.is_set():
            await asyncio.sleep(QUIET_SECONDS)
        listener.changed.clear()
        return True

    def _watch(self) -> None:
        seen = self._database.wait_for_change(-1, 0)
        while not self._stopping.is_set():
            count = self._database.wait_for_change(seen, _POLL_SECONDS)
            if count != seen:
                seen = count
                self._wake_all()

    def _wake_all(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            if not listener.loop.is_closed():
                listener.loop.call_soon_threadsafe(listener.changed.set)
