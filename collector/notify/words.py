"""The facts of a message as words of one language: what both wordings are given."""

from dataclasses import dataclass

from collector.models import Mark
from collector.notify.schemas import Source, Why


@dataclass(frozen=True, slots=True)
class Words:
    """What a sentence is filled with."""

    who: str
    """First name and class."""
    part: str
    """This morning, or the morning of a date."""
    at: str | None
    """Time of arrival, with the date when it is not today."""
    late_from: str
    minutes: int | None
    """Whole minutes after `late_from`."""
    gates: int
    """Gates that all worked; 0 when that cannot be said."""
    source: Source
    why: Why | None
    told: Mark | None
    takes_back: str | None
