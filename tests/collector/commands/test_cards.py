"""Cards from issue to reissue at the terminal."""

import csv
import stat
from collections.abc import Callable
from pathlib import Path

import pypdfium2
from typer.testing import Result

from tests.simulation import school
from wire.card import is_number

Type = Callable[..., Result]
IN_SCHOOL = ("--school", school.CODE)


def numbers(at_school: Type, out: Path, *more: str) -> dict[str, str]:
    assert at_school("cards", "export", *IN_SCHOOL, "--out", out, *more).exit_code == 0
    with out.open(encoding="utf-8", newline="") as file:
        return {row["student_number"]: row["card_number"] for row in csv.DictReader(file)}


def test_cards_are_issued_once_and_handed_over_once(at_school: Type) -> None:
    words = ("issue", "issue", "hand-over", "hand-over")
    said = [at_school("cards", word, *IN_SCHOOL).stdout.split()[0] for word in words]

    assert said == ["120", "0", "120", "0"]


def test_numbers_are_exported_for_a_printer_and_only_for_the_owners_eyes(at_school: Type, tmp_path: Path) -> None:
    at_school("cards", "issue", *IN_SCHOOL)
    out = tmp_path / "cards.csv"
    out.touch(0o644)

    found = numbers(at_school, out)

    assert len(found) == len(set(found.values())) == 120
    assert all(map(is_number, found.values()))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert len(numbers(at_school, out, "--class", "8A")) == 40


def test_a_sheet_of_cards_is_printed(at_school: Type, tmp_path: Path) -> None:
    at_school("cards", "issue", *IN_SCHOOL)
    out = tmp_path / "cards.pdf"

    done = at_school("cards", "print", *IN_SCHOOL, "--class", "7B", "--out", out)

    assert done.stdout == f"40 cards are in {out}. Print at 100 %, then cut at the marks.\n"
    assert len(pypdfium2.PdfDocument(out.read_bytes())) == 4


def test_the_card_of_one_student_is_printed_alone(at_school: Type, tmp_path: Path) -> None:
    at_school("cards", "issue", *IN_SCHOOL)
    at_school("cards", "reissue", *IN_SCHOOL, "--student", "0007")
    out = tmp_path / "card.pdf"

    done = at_school("cards", "print", *IN_SCHOOL, "--student", "0007", "--out", out)

    assert done.stdout == f"1 card is in {out}. Print at 100 %, then cut at the marks.\n"
    (page,) = pypdfium2.PdfDocument(out.read_bytes())
    assert page.get_textpage().get_text_bounded().count("Kampong Leav Lower Secondary") == 1
    assert set(numbers(at_school, tmp_path / "one.csv", "--student", "0007")) == {"0007"}


def test_a_student_whom_nobody_knows_is_typed_wrong(at_school: Type, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "cards.pdf"))
    for words in (("revoke",), ("reissue",), ("print", *out), ("export", *out)):
        done = at_school("cards", *words, *IN_SCHOOL, "--student", "9999")
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
        assert "no student with the number 9999" in done.stderr


def test_a_new_card_takes_the_place_of_a_lost_one(at_school: Type, tmp_path: Path) -> None:
    at_school("cards", "issue", *IN_SCHOOL)
    before = numbers(at_school, tmp_path / "before.csv")

    assert at_school("cards", "reissue", *IN_SCHOOL, "--student", "0007").exit_code == 0

    after = numbers(at_school, tmp_path / "after.csv")
    assert {number for number, card in after.items() if card != before[number]} == {"0007"}


def test_what_cannot_be_done_with_a_card_is_one_sentence(at_school: Type, folder: Path, tmp_path: Path) -> None:
    without = at_school("cards", "revoke", *IN_SCHOOL, "--student", "0001")
    empty = at_school("cards", "print", *IN_SCHOOL, "--out", tmp_path / "cards.pdf")
    at_school("cards", "issue", *IN_SCHOOL)
    nowhere = at_school("cards", "export", *IN_SCHOOL, "--out", tmp_path / "none" / "cards.csv")
    (folder / "card.key").write_text("00" * 32)
    other_key = at_school("cards", "export", *IN_SCHOOL, "--out", tmp_path / "cards.csv")

    assert "holds no active card" in without.stderr
    assert "no cards to print" in empty.stderr
    assert "cannot be written: No such file or directory" in nowhere.stderr
    assert "the card key file is not the one it was sealed with" in other_key.stderr
    for done in (without, empty, nowhere, other_key):
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
