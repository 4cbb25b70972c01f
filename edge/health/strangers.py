"""How many cards that nobody knows came by lately: a school has a few a day, and a flood of them is no school.

Somebody plays codes to the camera, or the gate book is another school's; either way silence at this gate says nothing.
Pure state over tags and ticks. Each of these cards is recorded all the same (P8).
"""

from wire.messages import TICKS_PER_SECOND

WINDOW_TICKS = 60 * TICKS_PER_SECOND


class Strangers:
    """Counts distinct unknown tags within a minute; more than `most` are a flood."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen_at: dict[bytes, int] = {}

    def note(self, tag: bytes, at: int) -> None:
        """Note an unknown tag; `at` in boot ticks."""
        self._seen_at[tag] = at

    def are_flood(self, now: int) -> bool:
        """Tell whether there were too many in the minute before these boot ticks."""
        self._seen_at = {tag: at for tag, at in self._seen_at.items() if now - at < WINDOW_TICKS}
        return len(self._seen_at) > self._most
