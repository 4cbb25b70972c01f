"""A worker's thread: how steps of work are repeated, woken and stopped. It knows nothing of what they do."""

import logging
from threading import Event, Thread
from typing import Protocol

from collector.errors import CollectorError
from wire.clock import Clock

log = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0
"""Real seconds before a step that failed is tried again."""
_STOP_SECONDS = 10.0


class Step(Protocol):
    """A worker's unit of work."""

    def step(self) -> bool:
        """Do what is due; return True when there is more to do at once."""
        ...


class Worker(Thread):
    """Runs steps until told to stop: at once while there is work, else every so many clock seconds or when woken."""

    def __init__(self, name: str, work: Step, clock: Clock, every_seconds: float) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._clock = clock
        self._every_seconds = every_seconds
        self._wake = Event()
        self._stopping = Event()

    def wake(self) -> None:
        """Have the next step begin now."""
        self._wake.set()

    def run(self) -> None:
        """Step, wait, repeat; a step that fails is tried again, its reason logged in one line."""
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                is_busy = self._work.step()
            except CollectorError as error:
                log.warning("%s: %s", self.name, error)
                is_busy = self._stopping.wait(_RETRY_SECONDS)
            except Exception:
                log.exception("%s stumbled and tries again", self.name)
                is_busy = self._stopping.wait(_RETRY_SECONDS)
            if not is_busy:
                self._clock.wait(self._every_seconds, self._wake)

    def stop(self) -> None:
        """End after the step under way."""
        self._stopping.set()
        self._wake.set()
        self.join(_STOP_SECONDS)
