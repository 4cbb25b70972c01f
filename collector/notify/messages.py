"""The words of a notice, in Khmer and in English: first name and class, the fact, what next, and a reference.

Calm and never blaming; nothing is said that the facts do not hold. "Late" is counted from `late_after`, because a
shift knows no bell of its own, and the message says so. Figures and times are Latin digits in both languages.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from collector.models import NotificationKind
from collector.notify import wording_en, wording_km
from collector.notify.schemas import Facts
from collector.notify.words import Words

_NOON = 12


def compose(facts: Facts, kind: NotificationKind, reference: str, language: str, now: datetime, zone: ZoneInfo) -> str:
    """Return the message; `language` is `km` or `en`, `now` tells whether the day must be named."""
    wording = wording_en if language == "en" else wording_km
    words = _words(facts, language, now, zone)
    if kind is NotificationKind.CORRECTION:
        body = wording.correction(facts.mark, words)
    elif kind is NotificationKind.LATE:
        body = wording.late(words)
    else:
        body = wording.absent(words)
    return f"{body} {reference}"


def reference_of(kind: NotificationKind, decision_id: int) -> str:
    """Return a short name by which a person recognises the same message again, e.g. `#B2K`."""
    letters = {NotificationKind.LATE: "L", NotificationKind.ABSENT: "B", NotificationKind.CORRECTION: "C"}
    return f"#{letters[kind]}{_crockford(decision_id)}"


def _words(facts: Facts, language: str, now: datetime, zone: ZoneInfo) -> Words:
    is_english = language == "en"
    wording = wording_en if is_english else wording_km
    name, school_class = (facts.given_name_en, facts.class_en) if is_english else (facts.given_name_km, facts.class_km)
    opens, seen = facts.opens_at.astimezone(zone), facts.seen_at.astimezone(zone) if facts.seen_at else None
    other_day = None if now.astimezone(zone).date() == facts.day else facts.day
    return Words(
        who=f"{name} ({school_class})",
        part=wording.part(is_morning=opens.hour < _NOON, other_day=other_day),
        at=wording.moment(f"{seen:%H:%M}", other_day) if seen else None,
        late_from=f"{facts.late_after_at.astimezone(zone):%H:%M}",
        minutes=facts.minutes_late,
        gates=facts.gates_working,
        source=facts.source,
        why=facts.why,
        told=facts.told,
        takes_back=facts.takes_back,
    )


def _crockford(number: int) -> str:
    alphabet, digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", ""
    while number:
        number, digit = divmod(number, len(alphabet))
        digits = alphabet[digit] + digits
    return digits.rjust(2, "0")
