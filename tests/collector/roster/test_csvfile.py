"""A roster as a school's spreadsheet writes it: what is taken, and how each fault is told to the one who typed it."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import RosterError
from collector.roster.csvfile import RosterRow, read_roster
from collector.roster.schemas import tidy

COLUMNS = (
    "student_number,family_name_km,given_name_km,family_name_en,given_name_en,sex,class,"
    "guardian_name,guardian_relation,guardian_channel,guardian_address,guardian_language"
)
DARA = "0001,សុខ,ដារ៉ា,Sok,Dara,M,7A,Sok Srey,mother,preview,012 345 678,km"
BOPHA = "0002,ចាន់,បុប្ផា,Chan,Bopha,F,7A,,,,,"


def rows_of(folder: Path, *lines: str, encoding: str = "utf-8") -> list[RosterRow]:
    path = folder / "roster.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return read_roster(path)


def fault_of(folder: Path, *lines: str, encoding: str = "utf-8") -> str:
    with pytest.raises(RosterError) as told:
        rows_of(folder, *lines, encoding=encoding)
    return str(told.value)


def test_a_line_is_a_student_and_a_guardian(tmp_path: Path) -> None:
    dara, bopha = rows_of(tmp_path, COLUMNS, DARA, BOPHA)

    assert (dara.line, dara.student_number, dara.class_name, dara.family_name_km) == (2, "0001", "7A", "សុខ")
    assert dara.contact == ("preview", "012 345 678")
    assert (bopha.line, bopha.contact, bopha.guardian_name) == (3, None, "")


def test_a_byte_order_mark_of_a_spreadsheet_is_no_fault(tmp_path: Path) -> None:
    assert len(rows_of(tmp_path, COLUMNS, DARA, encoding="utf-8-sig")) == 1


@pytest.mark.parametrize("parted_by", [";", "\t"])
def test_cells_may_be_parted_as_spreadsheets_of_other_countries_do(tmp_path: Path, parted_by: str) -> None:
    lines = [line.replace(",", parted_by) for line in (COLUMNS, DARA)]

    assert rows_of(tmp_path, *lines)[0].given_name_en == "Dara"


def test_empty_lines_and_empty_cells_behind_the_last_column_are_passed_over(tmp_path: Path) -> None:
    found = rows_of(tmp_path, COLUMNS, "", "," * 11, DARA + ",,,", " , " * 11)

    assert [row.line for row in found] == [4]


def test_invisible_characters_make_no_other_name(tmp_path: Path) -> None:
    spelt = "0001,\u200bសុខ\ufeff,ដា\u200cរ៉ា,Sok,Re\u0301my\u00a0 Dara,M,7A\u200d,,,,,"

    (row,) = rows_of(tmp_path, COLUMNS, spelt)

    assert (row.family_name_km, row.given_name_km, row.class_name) == ("សុខ", "ដារ៉ា", "7A")
    assert row.given_name_en == "R\u00e9my Dara"


@given(st.text())
def test_tidying_is_stable_and_leaves_nothing_invisible(text: str) -> None:
    tidied = tidy(text)

    assert tidy(tidied) == tidied
    assert unicodedata.is_normalized("NFC", tidied)
    assert not any(unicodedata.category(letter) in {"Cf", "Cc"} for letter in tidied if letter not in "\t\n\r")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (DARA.replace("0001", " "), "line 2: student_number is empty"),
        (DARA.replace("ដារ៉ា", ""), "line 2: given_name_km is empty"),
        (DARA.replace(",7A,", ",,"), "line 2: class is empty"),
        (DARA.replace(",M,", ",boy,"), "line 2: sex is 'boy', it must be F or M"),
        (DARA.replace("preview", "fax"), "line 2: guardian_channel is 'fax', it must be preview or telegram"),
        (DARA.replace("preview", "telegram"), "line 2: guardian_address is '012 345 678', but the id of a Telegram"),
        (DARA.replace(",km", ",fr"), "line 2: guardian_language is 'fr', it must be km or en"),
        (DARA.replace("Sok Srey", ""), "line 2: guardian_address is given but guardian_name is empty"),
        (DARA + ",what", "line 2: has more cells than there are columns"),
        ("0001,សុខ", "line 2: given_name_km is empty"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    assert told in fault_of(tmp_path, COLUMNS, line)


def test_a_cell_that_holds_more_than_a_name_is_told_without_repeating_it(tmp_path: Path) -> None:
    told = fault_of(tmp_path, COLUMNS, DARA.replace("Dara", "D" * 101))

    assert told.endswith("line 2: given_name_en has 101 characters, at most 100 fit")
    assert rows_of(tmp_path, COLUMNS, DARA.replace("Dara", "D" * 100))


def test_a_student_stands_in_a_roster_once(tmp_path: Path) -> None:
    told = fault_of(tmp_path, COLUMNS, DARA, BOPHA, DARA)

    assert "line 4: student_number 0001 stands already in line 2" in told


def test_one_address_has_one_name_so_that_no_stranger_is_told_of_a_child(tmp_path: Path) -> None:
    other = BOPHA.replace(",,,,,", ",Chan Mao,father,preview,012 345 678,en")

    told = fault_of(tmp_path, COLUMNS, DARA, other)

    assert "line 3: guardian_address 012 345 678 is that of another guardian_name in line 2" in told


def test_all_faults_are_told_at_once_the_first_ten_in_full(tmp_path: Path) -> None:
    told = fault_of(tmp_path, COLUMNS, *[DARA.replace("0001", f"{n:04}").replace(",M,", ",x,") for n in range(13)])

    assert told.count("line ") == 10
    assert told.endswith("and 3 more")
    assert "nothing was changed" in told


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (COLUMNS.replace("sex,", ""), "lacks the column sex"),
        (COLUMNS.replace("guardian_address", "guardian_adress"), "has a column 'guardian_adress': take it out"),
        (COLUMNS + ",sex", "has the column sex twice"),
        ("", "lacks the column student_number"),
    ],
)
def test_columns_are_checked_before_lines(tmp_path: Path, header: str, told: str) -> None:
    assert told in fault_of(tmp_path, header, DARA)


def test_a_roster_without_students_is_refused(tmp_path: Path) -> None:
    assert "has no students" in fault_of(tmp_path, COLUMNS)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (COLUMNS.encode("utf-16"), "is not UTF-8 text: save it as CSV UTF-8"),
        (f'{COLUMNS}\n"0001'.encode(), "cannot be read as CSV after line 1"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)

    with pytest.raises(RosterError, match=told):
        read_roster(path)


def test_a_roster_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="cannot be read: No such file"):
        read_roster(tmp_path / "none.csv")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_roster_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.csv"
    for content in (noise, COLUMNS.encode() + b"\n" + noise):
        path.write_bytes(content)
        try:
            read_roster(path)
        except RosterError as error:
            assert str(path) in str(error)  # noqa: PT017 - either is right
