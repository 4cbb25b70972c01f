"""The Khmer wording of notices."""

from datetime import date

from collector.models import Mark
from collector.notify.schemas import Source, Why
from collector.notify.words import Words

_MONTHS = (
    "មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា",
    "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ",
)  # fmt: skip
_STAFF = (Source.TEACHER, Source.OFFICE)


def part(*, is_morning: bool, other_day: date | None) -> str:
    """Return `this morning's shift`, or the morning shift of a date."""
    name = "វេនព្រឹក" if is_morning else "វេនរសៀល"
    return f"{name}នេះ" if other_day is None else f"{name} {_date(other_day)}"


def moment(clock: str, other_day: date | None) -> str:
    """Return `06:56`, with the date when it is not today's."""
    return clock if other_day is None else f"{clock} {_date(other_day)}"


def late(words: Words) -> str:
    """Return the notice of a student who came late."""
    return f"{_late(words)} បើមានហេតុផល សូមប្រាប់គ្រូ។"


def absent(words: Words) -> str:
    """Return the notice of a student who was not seen."""
    return f"{_absent(words)} តើមានហេតុផលអ្វី? សូមប្រាប់គ្រូ។"


def correction(mark: Mark, words: Words) -> str:
    """Return the message that takes another back."""
    if words.why is Why.SINCE:
        return f"កែតម្រូវ៖ {_arrived(mark, words, 'ទើបមកដល់')}{_back(words)}"
    return f"កែតម្រូវ៖ {_truth(mark, words)}{_why(words)} សូមអភ័យទោស។{_back(words)}"


def _truth(mark: Mark, words: Words) -> str:
    if mark is Mark.LATE:
        return _late(words) if words.at is None else _arrived(mark, words, "បានមកដល់")
    if mark is Mark.ABSENT:
        return _absent(words)
    if mark is not Mark.PRESENT:
        return f"សូមកុំគិតលើសារមុនអំពី {words.who} {words.part} ព្រោះយើងមិនអាចប្រាកដទៀតទេ។"
    if words.told is Mark.LATE:
        at = f" ម៉ោង {words.at}" if words.at else f" {words.part}"
        return f"{words.who} បានមកដល់{at} មិនយឺតទេ។"
    if words.at is None:
        return f"{words.who} ត្រូវបានកត់ត្រាថា មានវត្តមាន {words.part}។"
    return _arrived(mark, words, "បានមកដល់")


def _arrived(mark: Mark, words: Words, verb: str) -> str:
    late_by = f" {_by(words)}" if mark is Mark.LATE else ""
    return f"{words.who} {verb} ម៉ោង {words.at}{late_by}។" if words.at else f"{words.who} {verb}{late_by}។"


def _late(words: Words) -> str:
    if words.at is not None and words.minutes is not None:
        return f"{words.who} មកដល់ ម៉ោង {words.at} {_by(words)}។"
    if words.source in _STAFF:
        return f"{_recorder(words)}បានកត់ត្រាថា {words.who} មកយឺត {words.part}។"
    return f"{words.who} មកយឺត {words.part} ក្រោយម៉ោង {words.late_from}។"


def _by(words: Words) -> str:
    if words.minutes is None:
        return "យឺត"
    count = "មិនដល់ 1" if words.minutes == 0 else str(words.minutes)
    return f"យឺត {count} នាទី (គិតពីម៉ោង {words.late_from})"


def _absent(words: Words) -> str:
    if words.source in _STAFF:
        return f"{_recorder(words)}បានកត់ត្រាថា {words.who} អវត្តមាន {words.part}។"
    worked = {0: "", 1: " ខ្លោងទ្វារដំណើរការធម្មតា។", 2: " ខ្លោងទ្វារទាំងពីរដំណើរការធម្មតា។"}
    return f"យើងមិនឃើញ {words.who} {words.part}ទេ។" + worked.get(
        words.gates, f" ខ្លោងទ្វារទាំង {words.gates} ដំណើរការធម្មតា។"
    )


def _why(words: Words) -> str:
    if words.why is Why.BELATED:
        return " ដំណឹងពីខ្លោងទ្វារ ទើបមកដល់យើង។"
    if words.why is Why.STAFF and words.source in _STAFF:
        return f" {_recorder(words)}បានកែតម្រូវ។"
    return " សារមុនរបស់យើងមិនត្រឹមត្រូវទេ។"


def _recorder(words: Words) -> str:
    return "គ្រូបន្ទុកថ្នាក់" if words.source is Source.TEACHER else "ការិយាល័យសាលា"


def _back(words: Words) -> str:
    return f" ជំនួសសារ {words.takes_back}។" if words.takes_back else ""


def _date(day: date) -> str:
    return f"ថ្ងៃទី {day.day} ខែ{_MONTHS[day.month - 1]}"
