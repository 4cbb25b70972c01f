"""What a guardian reads is short, calm and true."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from collector.models import Mark, NotificationKind
from collector.notify.messages import compose, reference_of
from collector.notify.schemas import Facts, Source, Why, from_json, to_json
from tests.simulation.recorded_kiosk import after

ZONE = ZoneInfo("Asia/Phnom_Penh")
ABSENT = Facts(
    mark=Mark.ABSENT,
    source=Source.SILENCE,
    given_name_km="សុភ័ក្ត្រ",
    given_name_en="Sopheak",
    class_km="៨ខ",
    class_en="8B",
    day=date(2025, 1, 6),
    opens_at=after(0),
    late_after_at=after(8),
    gates_working=2,
)
LATE = msgspec.structs.replace(ABSENT, mark=Mark.LATE, source=Source.TAP, seen_at=after(26), minutes_late=18)
BELATED = msgspec.structs.replace(
    ABSENT, mark=Mark.PRESENT, source=Source.TAP, seen_at=after(4), why=Why.BELATED, told=Mark.ABSENT, takes_back="#B2K"
)


@dataclass
class Case:
    facts: Facts
    kind: NotificationKind
    english: str
    khmer: str


CASES = [
    Case(
        LATE,
        NotificationKind.LATE,
        "Sopheak (8B) arrived at 07:06, 18 minutes late (counted from 06:48). "
        "If there was a reason, please tell the teacher. #X",
        "សុភ័ក្ត្រ (៨ខ) មកដល់ ម៉ោង 07:06 យឺត 18 នាទី (គិតពីម៉ោង 06:48)។ បើមានហេតុផល សូមប្រាប់គ្រូ។ #X",
    ),
    Case(
        ABSENT,
        NotificationKind.ABSENT,
        "We have not seen Sopheak (8B) this morning. Both gates were working. "
        "Is there a reason? Please tell the teacher. #X",
        "យើងមិនឃើញ សុភ័ក្ត្រ (៨ខ) វេនព្រឹកនេះទេ។ ខ្លោងទ្វារទាំងពីរដំណើរការធម្មតា។ តើមានហេតុផលអ្វី? សូមប្រាប់គ្រូ។ #X",
    ),
    Case(
        BELATED,
        NotificationKind.CORRECTION,
        "Correction: Sopheak (8B) did arrive, at 06:44. A gate's record reached us late. We are sorry. "
        "Takes back #B2K. #X",
        "កែតម្រូវ៖ សុភ័ក្ត្រ (៨ខ) បានមកដល់ ម៉ោង 06:44។ ដំណឹងពីខ្លោងទ្វារ ទើបមកដល់យើង។ សូមអភ័យទោស។ ជំនួសសារ #B2K។ #X",
    ),
    Case(
        msgspec.structs.replace(BELATED, source=Source.TEACHER, why=Why.STAFF, seen_at=None),
        NotificationKind.CORRECTION,
        "Correction: Sopheak (8B) is recorded as present this morning. The class teacher has put it right. "
        "We are sorry. Takes back #B2K. #X",
        "កែតម្រូវ៖ សុភ័ក្ត្រ (៨ខ) ត្រូវបានកត់ត្រាថា មានវត្តមាន វេនព្រឹកនេះ។ គ្រូបន្ទុកថ្នាក់បានកែតម្រូវ។ សូមអភ័យទោស។ ជំនួសសារ #B2K។ #X",
    ),
    Case(
        msgspec.structs.replace(LATE, why=Why.SINCE, told=Mark.ABSENT, takes_back="#B2K"),
        NotificationKind.CORRECTION,
        "Correction: Sopheak (8B) has arrived since, at 07:06, 18 minutes late (counted from 06:48). "
        "Takes back #B2K. #X",
        "កែតម្រូវ៖ សុភ័ក្ត្រ (៨ខ) ទើបមកដល់ ម៉ោង 07:06 យឺត 18 នាទី (គិតពីម៉ោង 06:48)។ ជំនួសសារ #B2K។ #X",
    ),
    Case(
        msgspec.structs.replace(BELATED, told=Mark.LATE, why=Why.WRONG),
        NotificationKind.CORRECTION,
        "Correction: Sopheak (8B) arrived at 06:44 and was not late. Our earlier message was wrong. We are sorry. "
        "Takes back #B2K. #X",
        "កែតម្រូវ៖ សុភ័ក្ត្រ (៨ខ) បានមកដល់ ម៉ោង 06:44 មិនយឺតទេ។ សារមុនរបស់យើងមិនត្រឹមត្រូវទេ។ សូមអភ័យទោស។ ជំនួសសារ #B2K។ #X",
    ),
    Case(
        msgspec.structs.replace(BELATED, mark=Mark.UNRECORDED, seen_at=None, why=Why.WRONG),
        NotificationKind.CORRECTION,
        "Correction: please disregard our message about Sopheak (8B) this morning: we can no longer be sure of it. "
        "Our earlier message was wrong. We are sorry. Takes back #B2K. #X",
        "កែតម្រូវ៖ សូមកុំគិតលើសារមុនអំពី សុភ័ក្ត្រ (៨ខ) វេនព្រឹកនេះ ព្រោះយើងមិនអាចប្រាកដទៀតទេ។ "
        "សារមុនរបស់យើងមិនត្រឹមត្រូវទេ។ សូមអភ័យទោស។ ជំនួសសារ #B2K។ #X",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.english[:40])
def test_a_message_reads_so_in_both_languages(case: Case) -> None:
    assert compose(case.facts, case.kind, "#X", "en", after(30), ZONE) == case.english
    assert compose(case.facts, case.kind, "#X", "km", after(30), ZONE) == case.khmer


def test_gates_are_called_working_only_when_that_is_known_of_all() -> None:
    unsure = msgspec.structs.replace(ABSENT, gates_working=0)

    assert "working" not in compose(unsure, NotificationKind.ABSENT, "#X", "en", after(30), ZONE)
    assert "ដំណើរការ" not in compose(unsure, NotificationKind.ABSENT, "#X", "km", after(30), ZONE)


def test_an_absence_that_a_teacher_recorded_is_not_put_on_the_gates() -> None:
    by_teacher = msgspec.structs.replace(ABSENT, source=Source.TEACHER, gates_working=0)

    text = compose(by_teacher, NotificationKind.ABSENT, "#X", "en", after(30), ZONE)

    assert text.startswith("The class teacher has recorded Sopheak (8B) as absent this morning.")


def test_a_message_of_another_day_names_the_day() -> None:
    later = after(0) + timedelta(days=2)

    assert "at 06:44 on 6 January." in compose(BELATED, NotificationKind.CORRECTION, "#X", "en", later, ZONE)
    assert "06:44 ថ្ងៃទី 6 ខែមករា។" in compose(BELATED, NotificationKind.CORRECTION, "#X", "km", later, ZONE)


def test_less_than_a_minute_is_not_called_zero_minutes() -> None:
    hardly = msgspec.structs.replace(LATE, seen_at=after(8.3), minutes_late=0)

    assert "less than a minute late" in compose(hardly, NotificationKind.LATE, "#X", "en", after(30), ZONE)


def test_facts_come_back_from_their_column_as_they_were() -> None:
    for facts in (ABSENT, LATE, BELATED):
        assert from_json(to_json(facts)) == facts


def test_references_are_short_and_differ() -> None:
    references = {reference_of(kind, number) for kind in NotificationKind for number in range(1, 2000)}

    assert len(references) == 3 * 1999
    assert max(map(len, references)) <= 5
