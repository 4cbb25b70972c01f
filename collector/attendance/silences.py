"""Asks once what silence is worth, because a whole school waits for the same answer.

Silence that is real through a moment is real through each earlier one, and silence that is not real is not real
through any later one: most questions are answered by an earlier answer. Only NO_GATE is not: a gate may still open.
"""

from collections.abc import Callable
from datetime import datetime

from collector.fleet.completeness import Silence
from collector.models import Reason

Look = Callable[[datetime], Silence]


class Silences:
    """The silence of one school session and one set of gates, through any moment."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._real: tuple[datetime, Silence] | None = None
        self._unreal: tuple[datetime, Silence] | None = None

    def through(self, until: datetime) -> Silence:
        """Return what silence is worth from `opens` through `until`, aware UTC."""
        if self._real is not None and until <= self._real[0]:
            return self._real[1]
        if self._unreal is not None and until >= self._unreal[0]:
            return self._unreal[1]
        found = self._look(until)
        if found.is_real:
            self._real = (until, found)
        elif found.reason is not Reason.NO_GATE:
            self._unreal = (until, found)
        return found
