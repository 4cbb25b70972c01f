"""The two languages of the pages, so that no text is written twice and none is forgotten in one of them.

English stands in the code and in the templates; Khmer is in `locale/km.po`, which is read when the program starts:
there is no compile step. What guardians read is not here: notices are made in `notify`, in the contact's language.
"""

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
DEFAULT_LANGUAGE = "km"
LANGUAGES = (DEFAULT_LANGUAGE, SOURCE_LANGUAGE)
_LOCALE = Path(__file__).parent / "locale"


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalogue of `km` or `en`; a language we do not have answers in English."""
    path = _LOCALE / f"{language}.po"
    if language not in LANGUAGES or not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def choose_language(*wishes: str | None) -> str:
    """Return the first wish that is one of our languages, else Khmer."""
    return next((wish for wish in wishes if wish in LANGUAGES), DEFAULT_LANGUAGE)


def language_of_header(accept_language: str) -> str | None:
    """Return the first of our languages that a browser's Accept-Language names."""
    named = (part.partition(";")[0].strip().lower().partition("-")[0] for part in accept_language.split(","))
    return next((name for name in named if name in LANGUAGES), None)
