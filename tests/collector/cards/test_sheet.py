"""The sheet of cards, seen as a printer lays it on paper: rasterised, measured in mm, and read back."""

from pathlib import Path
from typing import cast

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from collector.cards.sheet import CardFace, monogram, render_sheet
from collector.errors import DocumentError
from wire.card import new_number

DPI = 200
PX_PER_MM = DPI / 25.4
CARD_MM = (85.6, 54.0)
GOLDEN = Path(__file__).parent / "golden"
HARD_NAMES = (
    "ស្រីល័ក្ខណ៍ លី",
    "ច័ន្ទរស្មី អ៊ុំ",
    "ស៊ឹម សុភ័ក្ត្រ",
    "កញ្ជ្រៀច ហេង",
    "ញ្ញុំ ឱម",
    "ពោធិ៍រៀង ភ្នំ",
    "ស៊ីធរកណ្ដាល",
    "ព្រឹទ្ធិ ក្រឡាញ់",
    "ឃ្មោះ ស្ត្រី",
    "អង្គ្រង ប៉ែន",
)


def face(**fields: str) -> CardFace:
    usual = {
        "number": new_number(),
        "school_km": "អនុវិទ្យាល័យកំពង់លាវ",
        "school_en": "Kampong Leav Lower Secondary",
        "class_km": "៨ខ",
        "class_en": "8B",
        "name_km": "ស៊ឹម សុភ័ក្ត្រ",
        "name_en": "SIM SOPHEAK",
        "year": "2026-27",
    }
    return CardFace(**{**usual, **fields})


def pages_of(pdf: bytes) -> list[np.ndarray]:
    """Grey pages at 200 dpi, 0 is ink."""
    document = pypdfium2.PdfDocument(pdf)
    return [np.asarray(page.render(scale=DPI / 72).to_pil().convert("L")) for page in document]


def corner_mm(slot: int) -> tuple[float, float]:
    return 17.4 + slot % 2 * 89.6, 9.5 + slot // 2 * 56.0


def cut(page: np.ndarray, slot: int, left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """A part of a card, in mm from its upper left corner."""
    x, y = corner_mm(slot)
    row, column = round((y + top) * PX_PER_MM), round((x + left) * PX_PER_MM)
    height, width = round((bottom - top) * PX_PER_MM), round((right - left) * PX_PER_MM)
    return page[row : row + height, column : column + width]


def extent_mm(grey: np.ndarray) -> tuple[float, float]:
    """Width and height of all ink."""
    rows, columns = np.nonzero(grey < 128)
    return (np.ptp(columns) + 1) / PX_PER_MM, (np.ptp(rows) + 1) / PX_PER_MM


def codes_on(page: np.ndarray) -> list[str]:
    return [result.text for result in zxingcpp.read_barcodes(page)]


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two pictures of ink, slightly blurred; 1 is the same."""
    soft = [
        np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(1)), float).ravel() for grey in (one, other)
    ]
    return float(np.corrcoef(np.stack(soft))[0, 1])


def name_of(page: np.ndarray, slot: int) -> np.ndarray:
    return cut(page, slot, 3.6, 34.0, 41.8, 52.0)


def khmer_only(*names: str) -> np.ndarray:
    return pages_of(render_sheet([face(name_km=name, name_en="") for name in names]))[0]


@pytest.fixture(scope="module")
def school() -> list[CardFace]:
    return [face(name_km=HARD_NAMES[place % 10], name_en=f"STUDENT {place}") for place in range(23)]


@pytest.fixture(scope="module")
def pages(school: list[CardFace]) -> list[np.ndarray]:
    return pages_of(render_sheet(school))


@pytest.fixture(scope="module")
def hard_names() -> np.ndarray:
    return khmer_only(*HARD_NAMES)


@pytest.fixture(scope="module")
def torn_names() -> np.ndarray:
    """The same with a non-joiner after each sign that joins: what a program without shaping would print."""
    return khmer_only(*(name.replace("\u17d2", "\u17d2\u200c") for name in HARD_NAMES))


def test_ten_cards_fill_an_a4_page_and_the_rest_goes_on(pages: list[np.ndarray]) -> None:
    assert [page.shape for page in pages] == [(2339, 1654)] * 3


def test_every_code_is_read_once_from_the_printed_pages(school: list[CardFace], pages: list[np.ndarray]) -> None:
    read = [text for page in pages for text in codes_on(page)]
    assert sorted(read) == sorted(card.number for card in school)


def test_each_code_stands_on_the_card_that_names_its_student(school: list[CardFace], pages: list[np.ndarray]) -> None:
    read = [codes_on(cut(pages[place // 10], place % 10, 0, 0, *CARD_MM)) for place in range(len(school))]
    assert read == [[card.number] for card in school]


def test_the_codes_are_version_1_at_level_q(pages: list[np.ndarray]) -> None:
    codes = zxingcpp.read_barcodes(pages[0])
    assert {(cast("dict[str, str]", code.extra)["Version"], code.ec_level) for code in codes} == {("1", "Q")}


@pytest.mark.parametrize("slot", [0, 1, 8, 9])
def test_a_code_is_31_5_mm_wide_in_6_mm_of_pure_white(pages: list[np.ndarray], slot: int) -> None:
    zone = cut(pages[0], slot, 42.2, 2.3, 85.5, 45.7)
    assert extent_mm(zone) == pytest.approx((31.5, 31.5), abs=0.15)
    inside = zone.copy()
    edge = round(5.8 * PX_PER_MM)
    inside[edge:-edge, edge:-edge] = 255
    assert inside.min() == 255


def test_marks_stay_off_the_cards_and_inside_what_a_printer_reaches(pages: list[np.ndarray]) -> None:
    page = pages[0].copy()
    reach = round(5 * PX_PER_MM)
    margin = page.copy()
    margin[reach:-reach, reach:-reach] = 255
    assert margin.min() == 255
    for slot in range(10):
        right, bottom = CARD_MM
        for strip in [
            (1.9, 0.1, right - 0.1, 1.5),
            (1.9, bottom - 1.5, right - 0.1, bottom - 0.1),
            (right - 5, 0.1, right - 0.1, bottom - 0.1),
        ]:
            assert cut(page, slot, *strip).min() == 255
        cut(page, slot, -1.6, -0.15, right + 0.15, bottom + 0.15)[:] = 255
    # What is left are the marks: each of the four edges of each card has one in line with it.
    for slot in range(10):
        x, y = corner_mm(slot)
        for at_x in (x, x + CARD_MM[0]):
            assert page[:, round(at_x * PX_PER_MM) - 1 : round(at_x * PX_PER_MM) + 2].min() < 200
        for at_y in (y, y + CARD_MM[1]):
            assert page[round(at_y * PX_PER_MM) - 1 : round(at_y * PX_PER_MM) + 2].min() < 200


@pytest.mark.parametrize("slot", range(10))
def test_hard_khmer_names_look_as_a_reader_approved_them(hard_names: np.ndarray, slot: int) -> None:
    approved = np.asarray(Image.open(GOLDEN / f"name-{slot}.png"))
    assert likeness(name_of(hard_names, slot), approved) > 0.98


@pytest.mark.parametrize("slot", range(10))
def test_a_name_whose_letters_are_not_joined_does_not_pass_for_the_approved_one(
    torn_names: np.ndarray, slot: int
) -> None:
    approved = np.asarray(Image.open(GOLDEN / f"name-{slot}.png"))
    assert likeness(name_of(torn_names, slot), approved) < 0.95


@pytest.mark.parametrize(
    ("name_km", "name_en"),
    [
        ("ច័ន្ទរស្មី សុវណ្ណារិទ្ធិពេជ្រចិន្ដា", "CHANREAKSMEY SOVANNARITHPECHCHENDA"),
        ("ឈុនសុខវណ្ណារិទ្ធិពេជ្រចិន្ដាសុភមង្គលរតនៈ", "CHHUNSOKVANNARITHPECHCHENDASOPHEAKMONGKULRATANAK"),
        ("", "MARIA CONCEIÇÃO DA SILVA FERREIRA DE OLIVEIRA"),
        ("ញ្ញុំ " * 12, "NHOM " * 12),
        ("ក" * 40, "W" * 40),
        ("ក្រ" * 20 + "X" * 20, "12" * 20),
    ],
)
def test_a_long_name_stays_whole_and_off_the_code(name_km: str, name_en: str) -> None:
    card = face(name_km=name_km, name_en=name_en, school_km="វិទ្យាល័យ ហ៊ុន សែន ស៊ីធរកណ្ដាល ខេត្តព្រៃវែង និងសាលារៀន")
    page = pages_of(render_sheet([card]))[0]
    assert cut(page, 0, 41.7, 0.2, 47.9, 53.8).min() == 255
    assert cut(page, 0, 1.8, 52.4, 85.4, 53.8).min() == 255
    assert codes_on(page) == [card.number]


def test_a_name_that_no_size_can_hold_is_refused_and_named() -> None:
    with pytest.raises(DocumentError, match=r"“NHOM NHOM .* is too long for its place, shorten it\.$"):
        render_sheet([face(name_en="NHOM " * 200)])


def test_the_year_is_printed_in_khmer_digits() -> None:
    text = pypdfium2.PdfDocument(render_sheet([face(year="2026-27")]))[0].get_textpage().get_text_range()
    assert "២០២៦–២៧" in text


def test_no_cards_are_a_clear_sentence() -> None:
    with pytest.raises(DocumentError, match="There are no cards to print"):
        render_sheet([])


@pytest.mark.parametrize("number", ["", "S123", "X" * 16, "S" + "I" * 15, "s" + "0" * 15, "https://example.com/"])
def test_a_bad_number_names_the_card_and_never_the_number(number: str) -> None:
    with pytest.raises(DocumentError, match=r"Card 2 of the sheet \(SIM SOPHEAK\)") as caught:
        render_sheet([face(), face(number=number)])
    assert not number or number not in str(caught.value)


def test_a_number_is_not_shown_by_accident() -> None:
    card = face()
    assert card.number not in repr(card)
    assert card.number not in pypdfium2.PdfDocument(render_sheet([card]))[0].get_textpage().get_text_range()


def test_a_card_without_any_name_is_refused() -> None:
    with pytest.raises(DocumentError, match="class 8B has no name"):
        render_sheet([face(name_km=" ", name_en="")])


@pytest.mark.parametrize(
    ("name_km", "name_en", "letters"),
    [
        ("ស៊ឹម សុភ័ក្ត្រ", "SIM SOPHEAK", "សភ"),
        ("ញ្ញុំ", "", "ញ"),
        ("អ៊ុំ ឱម", "", "ឱម"),
        ("", "Maria da Silva", "MD"),
        ("", '"O\'Neil"', "ON"),
        ("", "7", ""),
    ],
)
def test_the_monogram_is_of_the_given_name_without_letters_written_below(
    name_km: str, name_en: str, letters: str
) -> None:
    assert monogram(name_km, name_en) == letters
