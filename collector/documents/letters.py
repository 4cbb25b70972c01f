"""Which letters can be printed, so that no child gets a card with an empty box in the name.

Typst draws a letter that no font holds as a box and says nothing. Here the text of a document is cleaned of what has no
ink (byte order marks, control characters), and a letter outside the fonts is refused before a page is made.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from collector.errors import DocumentError

HELD = (
    "\n\u0020-\u007e\u00a0-\u017f\u1ea0-\u1ef9\u2010-\u2027\u202f\u2030\u2032\u2033\u2039\u203a\u20ac\u2122\u2212"
    "\u1780-\u17dd\u17e0-\u17e9\u17f0-\u17f9\u19e0-\u19ff\u200b-\u200d\u25cc"
)
"""Characters of the fonts in `fonts/`, as the inside of a character class; a test compares it with the fonts."""

_NOT_HELD = re.compile(f"[^{HELD}]")
_WITHOUT_INK = re.compile(r"[\ufeff\u00ad\u200e\u200f\u2028-\u202e\u2060-\u2069]")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]+")


def printable(value: object) -> object:
    """Return the value with all its texts cleaned and composed (NFC); keys are left alone.

    Raises:
        DocumentError: a text has a letter that none of the fonts holds.

    """
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, Mapping):
        return {key: printable(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [printable(item) for item in value]
    return value


def _clean(text: str) -> str:
    cleaned = unicodedata.normalize("NFC", _CONTROL.sub(" ", _WITHOUT_INK.sub("", text)))
    if stranger := _NOT_HELD.search(cleaned):
        letter = stranger.group()
        raise DocumentError(
            f"“{cleaned}” cannot be printed: “{letter}” (U+{ord(letter):04X}) is in none of the fonts; "
            "write it in Khmer or Latin letters."
        )
    return cleaned
