"""An invented school in Prey Veng: the files its operator would bring, and who its students are.

All names are common Cambodian names put together by a fixed rule; nobody in it exists.
"""

import csv
from pathlib import Path
from typing import NamedTuple

CODE = "140701"
GATES = (("front", "ខ្លោងទ្វារមុខ", "Front gate"), ("back", "ខ្លោងទ្វារក្រោយ", "Back gate"))
CLASSES = (("7A", "៧ក", 7), ("7B", "៧ខ", 7), ("8A", "៨ក", 8))
CLASS_SIZE = 40

_FAMILIES = (
    ("សុខ", "Sok"), ("ចាន់", "Chan"), ("គឹម", "Kim"), ("ហេង", "Heng"), ("លី", "Ly"), ("ម៉ៅ", "Mao"), ("នួន", "Nuon"),
    ("ប៉ែន", "Pen"), ("រស់", "Ros"), ("សៅ", "Sao"), ("ស៊ឹម", "Sim"), ("តាន់", "Tan"), ("ទេព", "Tep"), ("យឹម", "Yim"),
    ("ជា", "Chea"), ("ឈឹម", "Chhim"), ("អ៊ុក", "Ouk"), ("គង់", "Kong"), ("វង្ស", "Vong"), ("ញឹម", "Nhem"),
)  # fmt: skip
_GIRLS = (
    ("ស្រីល័ក្ខណ៍", "Sreyleak"), ("ចន្ធូ", "Chanthou"), ("សុជាតា", "Socheata"), ("បុប្ផា", "Bopha"), ("ដាវី", "Davy"),
    ("កល្យាណ", "Kalyan"), ("ម៉ាលីស", "Malis"), ("នារី", "Neary"), ("ពិសី", "Pisey"), ("រស្មី", "Raksmey"),
    ("សុភាព", "Sopheap"), ("ធីតា", "Thida"), ("មុនីកា", "Monika"), ("ច័ន្ទរស្មី", "Chanraksmey"), ("ស្រីនាង", "Sreyneang"),
    ("ស្រីពៅ", "Sreypov"), ("កញ្ញា", "Kanha"), ("លក្ខិណា", "Leakhena"), ("សុផល", "Sophal"), ("វណ្ណា", "Vanna"),
)  # fmt: skip
_BOYS = (
    ("សុភ័ក្ត្រ", "Sopheak"), ("ដារ៉ា", "Dara"), ("វុទ្ធី", "Vuthy"), ("គឹមហេង", "Kimheng"), ("មុនីរ័ត្ន", "Monirath"),
    ("រិទ្ធី", "Rithy"), ("បូរី", "Borey"), ("ចំរើន", "Chamroeun"), ("វិបុល", "Vibol"), ("សុវណ្ណ", "Sovann"),
    ("ពិសិដ្ឋ", "Piseth"), ("វីរៈ", "Virak"), ("សំណាង", "Samnang"), ("រតនា", "Ratana"), ("ណារិទ្ធ", "Narith"),
    ("បញ្ញា", "Panha"), ("សុខា", "Sokha"), ("វណ្ណៈ", "Vannak"), ("ធារ៉ា", "Theara"), ("ម៉េងហុង", "Menghong"),
)  # fmt: skip

_SCHOOL = f"""\
code = "{CODE}"
name_km = "អនុវិទ្យាល័យកំពង់លាវ"
name_en = "Kampong Leav Lower Secondary"
province_code = "14"
"""
_SHIFTS = """\
[[shifts]]
name_km = "វេនព្រឹក"
name_en = "Morning"
opens = 06:40:00
late_after = 06:48:00
cutoff = 06:52:00
closes = 06:55:00

[[shifts]]
name_km = "វេនរសៀល"
name_en = "Afternoon"
opens = 12:40:00
late_after = 12:48:00
cutoff = 12:52:00
closes = 12:55:00
"""


class Pupil(NamedTuple):
    """A student as the simulation knows one."""

    number: str
    class_name: str
    family: tuple[str, str]
    given: tuple[str, str]
    sex: str


def pupils() -> list[Pupil]:
    """Return the students of all classes, in register order."""
    found = []
    for position in range(len(CLASSES) * CLASS_SIZE):
        sex, names = ("F", _GIRLS) if position % 2 == 0 else ("M", _BOYS)
        given = names[(position // 2 * 7) % len(names)]
        family = _FAMILIES[(position * 3 + position // len(_FAMILIES)) % len(_FAMILIES)]
        found.append(Pupil(f"{position + 1:04d}", CLASSES[position // CLASS_SIZE][0], family, given, sex))
    return found


def write_files(folder: Path) -> None:
    """Write school.toml, schedule.toml and roster.csv as an operator would bring them."""
    gates = [f'[[gates]]\ncode = "{code}"\nname_km = "{km}"\nname_en = "{en}"\n' for code, km, en in GATES]
    classes = [f'[[classes]]\nname_en = "{en}"\nname_km = "{km}"\ngrade = {grade}\n' for en, km, grade in CLASSES]
    (folder / "school.toml").write_text("\n".join([_SCHOOL, *gates, *classes]), encoding="utf-8")
    (folder / "schedule.toml").write_text(_SHIFTS, encoding="utf-8")
    with (folder / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(_roster_row(pupils()[0])))
        writer.writeheader()
        writer.writerows(_roster_row(pupil) for pupil in pupils())


def _roster_row(pupil: Pupil) -> dict[str, str]:
    return {
        "student_number": pupil.number,
        "family_name_km": pupil.family[0],
        "given_name_km": pupil.given[0],
        "family_name_en": pupil.family[1],
        "given_name_en": pupil.given[1],
        "sex": pupil.sex,
        "class": pupil.class_name,
        "guardian_name": f"{pupil.family[0]} {_GIRLS[int(pupil.number) * 3 % len(_GIRLS)][0]}",
        "guardian_relation": "mother" if int(pupil.number) % 3 else "grandmother",
        "guardian_channel": "preview",
        "guardian_address": f"preview-{pupil.number}",
        "guardian_language": "en" if int(pupil.number) % 4 == 0 else "km",
    }
