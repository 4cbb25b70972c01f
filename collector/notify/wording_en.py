"""The English wording of notices."""

from datetime import date

from collector.models import Mark
from collector.notify.schemas import Source, Why
from collector.notify.words import Words

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_STAFF = (Source.TEACHER, Source.OFFICE)


def part(*, is_morning: bool, other_day: date | None) -> str:
    """Return `this morning`, or the morning of a date."""
    name = "morning" if is_morning else "afternoon"
    return f"this {name}" if other_day is None else f"on the {name} of {_date(other_day)}"


def moment(clock: str, other_day: date | None) -> str:
    """Return `06:56`, with the date when it is not today's."""
    return clock if other_day is None else f"{clock} on {_date(other_day)}"


def late(words: Words) -> str:
    """Return the notice of a student who came late."""
    return f"{_late(words)} If there was a reason, please tell the teacher."


def absent(words: Words) -> str:
    """Return the notice of a student who was not seen."""
    return f"{_absent(words)} Is there a reason? Please tell the teacher."


def correction(mark: Mark, words: Words) -> str:
    """Return the message that takes another back."""
    if words.why is Why.SINCE:
        return f"Correction: {_arrived(mark, words, 'has arrived since')}{_back(words)}"
    return f"Correction: {_truth(mark, words)}{_why(words)} We are sorry.{_back(words)}"


def _truth(mark: Mark, words: Words) -> str:
    if mark is Mark.LATE:
        return _late(words) if words.at is None else _arrived(mark, words, "did arrive")
    if mark is Mark.ABSENT:
        return _absent(words)
    if mark is not Mark.PRESENT:
        return f"please disregard our message about {words.who} {words.part}: we can no longer be sure of it."
    if words.told is Mark.LATE:
        at = f" at {words.at}" if words.at else f" {words.part}"
        return f"{words.who} arrived{at} and was not late."
    return _arrived(mark, words, "did arrive") if words.at else f"{words.who} is recorded as present {words.part}."


def _arrived(mark: Mark, words: Words, verb: str) -> str:
    late_by = f", {_by(words)}" if mark is Mark.LATE else ""
    return f"{words.who} {verb}, at {words.at}{late_by}." if words.at else f"{words.who} {verb}{late_by}."


def _late(words: Words) -> str:
    if words.at is not None and words.minutes is not None:
        return f"{words.who} arrived at {words.at}, {_by(words)}."
    if words.source in _STAFF:
        return f"{_recorder(words)} has recorded {words.who} as late {words.part}."
    return f"{words.who} arrived late {words.part}, after {words.late_from}."


def _by(words: Words) -> str:
    if words.minutes is None:
        return "late"
    count = "less than a minute" if words.minutes == 0 else _plural(words.minutes, "minute")
    return f"{count} late (counted from {words.late_from})"


def _absent(words: Words) -> str:
    if words.source in _STAFF:
        return f"{_recorder(words)} has recorded {words.who} as absent {words.part}."
    worked = {0: "", 1: " The gate was working.", 2: " Both gates were working."}
    return f"We have not seen {words.who} {words.part}." + worked.get(
        words.gates, f" All {words.gates} gates were working."
    )


def _why(words: Words) -> str:
    if words.why is Why.BELATED:
        return " A gate's record reached us late."
    if words.why is Why.STAFF and words.source in _STAFF:
        return f" {_recorder(words)} has put it right."
    return " Our earlier message was wrong."


def _recorder(words: Words) -> str:
    return "The class teacher" if words.source is Source.TEACHER else "The school office"


def _back(words: Words) -> str:
    return f" Takes back {words.takes_back}." if words.takes_back else ""


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"
