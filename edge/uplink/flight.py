"""Which batches were sent and not yet answered: time-outs, the probe, and halving. Pure: knows no clock, no broker.

When nothing at all is answered, one probe goes out instead of a window. When others are answered and one batch is
not, that one is sent again later and later, and halved, so that a single bad row cannot hold up the rest.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edge.outbox import Part
from edge.uplink.pace import UNANSWERED_SENDS, WINDOW, Pace


@dataclass
class _Parcel:
    part: Part
    sends: int = 0
    """Unanswered sends, of the part it was halved from too: they make its own time-out longer."""
    sends_whole: int = 0
    """Unanswered sends of just this part."""
    sent_at: int = 0


class Flight:
    """The parts of the outbox that are in the air or wait to be sent again exactly as they were."""

    def __init__(self, pace: Pace, jitter: Callable[[], float]) -> None:
        self._pace, self._jitter = pace, jitter
        self._sent: dict[Part, _Parcel] = {}
        self._again: deque[_Parcel] = deque()
        self._patience = pace.patience
        self._answered_at = 0
        self._unanswered_since: int | None = None
        self._stalls = 0
        self.is_probing = False

    @property
    def parts(self) -> list[Part]:
        """All parts that must not be cut anew."""
        return [*self._sent, *(parcel.part for parcel in self._again)]

    @property
    def room(self) -> int:
        """How many batches may be sent now."""
        return max(0, (1 if self.is_probing else WINDOW) - len(self._sent))

    def next_again(self) -> Part | None:
        """Return a part that should be sent again now."""
        return self._again[0].part if self._again and self.room else None

    def is_anything_again(self) -> bool:
        """Tell whether a part waits to be sent again."""
        return bool(self._again)

    def note_sent(self, part: Part, now: int) -> None:
        """Note that a part was published."""
        known = next((parcel for parcel in self._again if parcel.part == part), None)
        if known is not None:
            self._again.remove(known)
        parcel = known or _Parcel(part)
        parcel.sent_at = now
        self._sent[part] = parcel
        if self._unanswered_since is None:
            self._unanswered_since = now

    def note_answer(self, now: int) -> None:
        """Note that a receipt came: the way is open."""
        self._answered_at, self._unanswered_since = now, None
        self._patience, self._stalls, self.is_probing = self._pace.patience, 0, False

    def drop(self, part: Part) -> None:
        """Forget a part: its rows are settled, moved, or to be cut anew."""
        self._sent.pop(part, None)
        self._again = deque(parcel for parcel in self._again if parcel.part != part)

    def note_time(self, now: int) -> None:
        """Take back what was not answered in time."""
        late = [parcel for parcel in self._sent.values() if now - parcel.sent_at >= self._time_out(parcel)]
        if any(parcel.sent_at >= self._answered_at for parcel in late) and self._unanswered_since is not None:
            self.is_probing = True
            self._patience = min(2 * self._patience, self._pace.last_patience)
            late = list(self._sent.values())
        for parcel in late:
            del self._sent[parcel.part]
            self._again.extend(_after_silence(parcel))

    def note_reconnect(self) -> None:
        """Take back all that was sent: the connection it went into is gone."""
        self._again.extend(self._sent.values())
        self._sent.clear()
        self._stalls += self._unanswered_since is not None
        self._unanswered_since = None

    def is_silent(self, now: int) -> bool:
        """Tell whether nothing was answered for so long that the connection should be given up."""
        limit = max(self._pace.silence, self._patience if self._stalls else 0)
        return self._unanswered_since is not None and now - self._unanswered_since >= limit

    def _time_out(self, parcel: _Parcel) -> float:
        own = self._pace.patience << min(parcel.sends, 16)
        return min(max(self._patience, own), self._pace.last_patience) * self._jitter()


def _after_silence(parcel: _Parcel) -> list[_Parcel]:
    parcel.sends, parcel.sends_whole = parcel.sends + 1, parcel.sends_whole + 1
    outbox_id, first, last = parcel.part
    if parcel.sends_whole < UNANSWERED_SENDS or first == last:
        return [parcel]
    middle = (first + last) // 2
    return [_Parcel(Part(outbox_id, *ends), parcel.sends) for ends in ((first, middle), (middle + 1, last))]
