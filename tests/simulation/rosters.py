"""Lines of a roster and a school file as values, so that a test says only what it is about."""

from datetime import date

from collector.roster.csvfile import RosterRow
from collector.roster.schemas import ClassEntry, GateEntry, SchoolFile

MONDAY = date(2025, 1, 6)
SCHOOL = SchoolFile(
    code="140701",
    name_km="អនុវិទ្យាល័យកំពង់លាវ",
    name_en="Kampong Leav Lower Secondary",
    province_code="14",
    gates=(GateEntry("front", "មុខ", "Front gate"), GateEntry("back", "ក្រោយ", "Back gate")),
    classes=(ClassEntry("៧ក", "7A", 7), ClassEntry("៧ខ", "7B", 7)),
)


def line(number: str, class_name: str = "7A", **cells: str) -> RosterRow:
    usual = {
        "family_name_km": "សុខ",
        "given_name_km": "ដារ៉ា",
        "family_name_en": "Sok",
        "given_name_en": f"Dara {number}",
        "sex": "M",
    }
    return RosterRow(line=int(number) + 1, student_number=number, class_name=class_name, **{**usual, **cells})


def guarded(number: str, name: str, address: str, class_name: str = "7A") -> RosterRow:
    return line(
        number,
        class_name,
        guardian_name=name,
        guardian_relation="mother",
        guardian_channel="preview",
        guardian_address=address,
        guardian_language="km",
    )
