"""A sheet of cards to print and cut, because a child's place in the register begins with a piece of card.

It draws faces: what a card says and its code. Which cards are printed, and that they were handed over, is its caller's
matter. The number appears in the code only, never in text or in an error.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import segno

from collector.documents import render
from collector.errors import DocumentError
from wire.card import is_number

QUIET_ZONE_MODULES = 4
_KHMER_DIGITS = str.maketrans("0123456789-", "០១២៣៤៥៦៧៨៩–")
_BASE_LETTER = re.compile("(?<!\u17d2)[\u1780-\u17b3]")
"""A Khmer consonant or independent vowel that is not written below another."""


@dataclass(frozen=True)
class CardFace:
    """What one card says, in Khmer and Latin letters; either of a pair may be empty, but not both."""

    number: str = field(repr=False)
    """The card number, `S` and 15 characters: a secret between the card and the register."""
    school_km: str
    school_en: str
    class_km: str
    class_en: str
    name_km: str
    name_en: str
    year: str
    """School year, such as 2026-27; printed in Khmer digits."""


def render_sheet(faces: Sequence[CardFace]) -> bytes:
    """Return an A4 PDF of ID-1 cards, ten a page in the order given, to be printed at 100 %.

    Raises:
        DocumentError: no faces, a number that is none, a nameless card, or a text that cannot be printed.

    """
    if not faces:
        raise DocumentError("There are no cards to print: choose at least one student with an active card.")
    codes = {f"code-{place}.svg": _code(face, place) for place, face in enumerate(faces, start=1)}
    cards = [_card(face, code) for face, code in zip(faces, codes, strict=True)]
    return render("card-sheet", {"cards": cards}, codes)


def monogram(name_km: str, name_en: str) -> str:
    """Return the letters that stand in place of a photo: two of the given name, which is written last."""
    given_name = name_km.rpartition(" ")[2]
    if letters := _BASE_LETTER.findall(given_name):
        return "".join(letters[:2])
    initials = [word[0] for word in re.findall(r"[^\W\d_]+", name_en or name_km)]
    return "".join(initials[:2]).upper()


def _code(face: CardFace, place: int) -> bytes:
    if not is_number(face.number):
        raise DocumentError(
            f"Card {place} of the sheet ({face.name_en or face.name_km}) has no valid number: reissue it."
        )
    picture = io.BytesIO()
    code = segno.make_qr(face.number, version=1, error="q", boost_error=False)
    code.save(picture, kind="svg", border=QUIET_ZONE_MODULES, light="#fff", xmldecl=False)
    return picture.getvalue()


def _card(face: CardFace, code: str) -> dict[str, str]:
    name_km, name_en = _tidy(face.name_km), _tidy(face.name_en)
    if not name_km and not name_en:
        raise DocumentError(f"A card of class {face.class_en or face.class_km} has no name: complete the roster first.")
    return {
        "school_km": _tidy(face.school_km),
        "school_en": _tidy(face.school_en),
        "class_km": _tidy(face.class_km),
        "class_en": _tidy(face.class_en),
        "name_km": name_km,
        "name_en": name_en,
        "year": _tidy(face.year).translate(_KHMER_DIGITS),
        "monogram": monogram(name_km, name_en),
        "code": code,
    }


def _tidy(text: str) -> str:
    return " ".join(text.split())
