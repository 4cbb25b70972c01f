"""One door to typst: text comes out as it went in, set with our fonts, or is refused in one sentence."""

import re
from pathlib import Path

import pypdfium2
import pytest
from PIL import ImageFont

import collector.documents
from collector.documents import render
from collector.documents.letters import HELD, printable
from collector.errors import CollectorError, DocumentError

FONTS = Path(collector.documents.__file__).parent / "fonts"
FONT_NAMES = ("NotoSans-Regular", "NotoSans-Bold", "NotoSansKhmer-Regular", "NotoSansKhmer-Bold")
CODE = {"code.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="29" height="29"><path d="M0 0h9v9h-9z"/></svg>'}


def card(**fields: str) -> dict[str, object]:
    blank = dict.fromkeys(("school_km", "school_en", "class_km", "class_en", "name_km", "name_en"), "")
    return {"cards": [{**blank, "year": "២០២៦–២៧", "monogram": "សភ", "code": "code.svg", **fields}]}


def text_of(pdf: bytes) -> str:
    return str(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range())


def fonts_of(pdf: bytes) -> set[str]:
    objects = pypdfium2.PdfDocument(pdf)[0].get_objects(max_depth=8)
    texts = (item for item in objects if isinstance(item, pypdfium2.PdfTextObj))
    return {text.get_font().get_base_name().partition("+")[2] for text in texts}


@pytest.mark.parametrize(
    "name",
    [
        "#strong[x]",
        "[#panic()]",
        "$a^2$",
        "<script>",
        '"O\'Neil"',
        "*b* _i_ `c`",
        "a\\ b",
        "// c",
        "= h",
        '#image("x")',
        "{% x %}",
    ],
)
def test_markup_in_a_name_is_printed_as_it_is_written(name: str) -> None:
    assert name in text_of(render("card-sheet", card(name_en=name, name_km="លី"), CODE))


def test_only_the_fonts_of_the_repository_are_used() -> None:
    pdf = render("card-sheet", card(name_km="ស្រីល័ក្ខណ៍", name_en="SREYLEAK", class_km="៨ខ"), CODE)
    assert fonts_of(pdf) == set(FONT_NAMES)


def test_the_same_data_give_the_same_bytes() -> None:
    first, again = (render("card-sheet", card(name_km="សុភ័ក្ត្រ"), CODE) for _ in range(2))
    assert first == again


def test_an_unknown_document_is_named_together_with_those_there_are() -> None:
    with pytest.raises(DocumentError, match=r"no document “diploma”; there are: card-sheet"):
        render("diploma", {})


@pytest.mark.parametrize("name", ["../sheet", "templates/look", "card-sheet.typ", ""])
def test_a_document_is_never_a_path(name: str) -> None:
    with pytest.raises(DocumentError):
        render(name, {})


def test_a_missing_picture_is_one_clear_sentence() -> None:
    with pytest.raises(DocumentError, match=r"^The document “card-sheet” could not be made: .*\.$") as caught:
        render("card-sheet", card(name_km="លី"))
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, CollectorError)


@pytest.mark.parametrize("letter", ["王", "ش", "\U0001f600", "\u17de", "\ufffd", "\ue000"])
def test_a_letter_that_would_be_an_empty_box_is_refused_by_name(letter: str) -> None:
    with pytest.raises(DocumentError, match=f"U\\+{ord(letter):04X}"):
        render("card-sheet", card(name_en=f"LI {letter}"), CODE)


def test_what_has_no_ink_is_taken_out_and_what_has_some_is_kept() -> None:
    dirty = {"name": "\ufeffLy\u00ad\x00Ta", "list": ["e\u0301", "ក្\u200cក\u200b"], "count": 3, "none": None}
    assert printable(dirty) == {"name": "Ly Ta", "list": ["é", "ក្\u200cក\u200b"], "count": 3, "none": None}


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_every_letter_we_accept_is_drawn_by_one_of_the_fonts(weight: str) -> None:
    fonts = [
        ImageFont.truetype(FONTS / f"{family}-{weight}.ttf", 40, layout_engine=ImageFont.Layout.BASIC)
        for family in ("NotoSans", "NotoSansKhmer")
    ]
    boxes = [bytes(font.getmask("\U0010fffe")) for font in fonts]
    accepted = re.findall(f"[{HELD}]", "".join(map(chr, range(0x20, 0x10000))))
    assert len(accepted) > 550
    for letter in accepted:
        masks = [bytes(font.getmask(letter)) for font in fonts]
        assert any(mask != box for mask, box in zip(masks, boxes, strict=True)), f"U+{ord(letter):04X}"


def test_each_font_stands_beside_its_licence() -> None:
    assert {path.stem for path in FONTS.glob("*.ttf")} == set(FONT_NAMES)
    for family in ("NotoSans", "NotoSansKhmer"):
        assert "SIL OPEN FONT LICENSE" in (FONTS / f"{family}-OFL.txt").read_text()
