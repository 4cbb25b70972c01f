"""A school file as an operator writes it."""

from pathlib import Path

import pytest

from collector.errors import RosterError
from collector.roster.schemas import SchoolFile, read_school

SCHOOL = """\
code = "140701"
name_km = "សាលា"
name_en = "School"
province_code = "14"
[[gates]]
code = "front"
name_km = "មុខ"
name_en = "Front"
[[classes]]
name_km = "៧ក"
name_en = "7A"
grade = 7
"""


def read(folder: Path, text: str, encoding: str = "utf-8") -> SchoolFile:
    path = folder / "school.toml"
    path.write_bytes(text.encode(encoding))
    return read_school(path)


def test_a_school_has_gates_and_classes(tmp_path: Path) -> None:
    school = read(tmp_path, SCHOOL, "utf-8-sig")

    assert (school.code, school.gates[0].code, school.classes[0].grade) == ("140701", "front", 7)


@pytest.mark.parametrize(
    ("said", "meant", "told"),
    [
        ('code = "front"', 'kode = "front"', "unknown field `kode`"),
        ("grade = 7", 'grade = "seven"', "Expected `int`, got `str`"),
        ('code = "front"', 'code = " "', "a code or a name in it is empty"),
        ("[[classes]]", '[[gates]]\ncode = "front"\nname_km = "ក"\nname_en = "A"\n[[classes]]', "two gates with the"),
        ("grade = 7", 'grade = 7\n[[classes]]\nname_km = "ខ"\nname_en = "7A"\ngrade = 7', "two classes with the name"),
        ('name_en = "School"', 'name_en = "School', "is wrong"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(tmp_path: Path, said: str, meant: str, told: str) -> None:
    with pytest.raises(RosterError, match=told) as error:
        read(tmp_path, SCHOOL.replace(said, meant))
    assert str(error.value).startswith(f"The school file {tmp_path / 'school.toml'} is wrong: ")


def test_a_file_that_is_no_text_or_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="is not UTF-8 text"):
        read(tmp_path, SCHOOL, "utf-16")
    with pytest.raises(RosterError, match="cannot be read: No such file"):
        read_school(tmp_path / "none.toml")
