"""What a message is made of: facts in no language, no more of them than the message needs."""

import enum
from datetime import date, datetime
from typing import Any

import msgspec

from collector.models import Mark


class Source(enum.StrEnum):
    """What a mark rests on."""

    TAP = "TAP"
    SILENCE = "SILENCE"
    TEACHER = "TEACHER"
    OFFICE = "OFFICE"


class Why(enum.StrEnum):
    """Why something has to be taken back."""

    BELATED = "BELATED"
    """A gate's record arrived after the notice was decided."""
    SINCE = "SINCE"
    """The notice was right: the student arrived after it."""
    STAFF = "STAFF"
    """A person put it right."""
    WRONG = "WRONG"
    """None of these."""


class Facts(msgspec.Struct, frozen=True):
    """Facts of one message; moments are aware UTC, names are those on the class list."""

    mark: Mark
    source: Source
    given_name_km: str
    given_name_en: str
    class_km: str
    class_en: str
    day: date
    opens_at: datetime
    late_after_at: datetime
    seen_at: datetime | None = None
    minutes_late: int | None = None
    gates_working: int = 0
    """Gates that were all in sight and heard through the cutoff; 0 when that cannot be said of every gate."""
    why: Why | None = None
    told: Mark | None = None
    """What the message that this one corrects said."""
    takes_back: str | None = None
    """Its reference."""


def to_json(facts: Facts) -> dict[str, Any]:
    """Return facts as plain values for a JSON column."""
    plain: dict[str, Any] = msgspec.to_builtins(facts)
    return plain


def from_json(plain: dict[str, object]) -> Facts:
    """Return facts from their JSON column."""
    return msgspec.convert(plain, Facts)
