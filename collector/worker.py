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

    def __init__(
        self, name: str, work: Step, clock: Clock, every_seconds: float, retry_seconds: float = _RETRY_SECONDS
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._clock = clock
        self._every_seconds, self._retry_seconds = every_seconds, retry_seconds
        self._wake = Event()
        self._stopping = Event()
        self._trouble: str | None = None

    def wake(self) -> None:
        """Have the next step begin now."""
        self._wake.set()

    def run(self) -> None:
        """Step, wait, repeat; a step that fails is tried again soon, its reason logged once and in one line.

        Only what nobody foresaw is logged with its traceback: it is a defect.
        """
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                is_busy = self._work.step()
            except CollectorError as error:
                self._stumble(str(error))
            except Exception as error:  # noqa: BLE001 - a worker outlives any defect
                self._stumble(repr(error), error)
            else:
                self._trouble = None
                if not is_busy:
                    self._clock.wait(self._every_seconds, self._wake)

    def _stumble(self, reason: str, defect: Exception | None = None) -> None:
        """Say what went wrong, unless it is what went wrong before, and wait a moment."""
        if reason != self._trouble:
            self._trouble = reason
            log.warning("%s tries again: %s", self.name, reason, exc_info=defect)
        self._stopping.wait(self._retry_seconds)

    def stop(self) -> None:
        """End after the step under way."""
        self._stopping.set()
        self._wake.set()
        self.join(_STOP_SECONDS)
