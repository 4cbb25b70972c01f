"""Nothing that a person reads is in one language only."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import collector.i18n
from collector.i18n import choose_language, language_of_header, translations

COLLECTOR = Path(collector.i18n.__file__).parent
TEMPLATES = sorted((COLLECTOR / "dashboard" / "templates").glob("*.html"))
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_KHMER = re.compile(r"[\u1780-\u17ff]")
_SPOKEN = ("aria-label", "placeholder", "title", "alt")
_SAME_IN_BOTH = {"SalaGate", "ខ្មែរ", "English"}
"""The program's name, and each language's name in itself."""


def _keys() -> set[str]:
    """Return every text that code and templates hand to gettext."""
    method = [("**.html", "jinja2"), ("**.py", "python")]
    options = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    found = extract_from_dir(COLLECTOR, method, options)
    return {key if isinstance(key, str) else key[0] for _, _, key, _, _ in found}


def _entries() -> dict[str, Message]:
    with (COLLECTOR / "locale" / "km.po").open("rb") as file:
        catalogue = read_po(file, locale="km")
    return {entry.id if isinstance(entry.id, str) else next(iter(entry.id)): entry for entry in catalogue if entry.id}


def _told(entry: Message) -> str:
    return entry.string if isinstance(entry.string, str) else next(iter(entry.string or ()), "")


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[sd]", text))


def test_every_text_has_its_khmer() -> None:
    entries = _entries()

    assert len(_keys()) > 150
    assert sorted(key for key in _keys() if key not in entries or not _told(entries[key])) == []


def test_khmer_is_khmer_and_keeps_every_placeholder() -> None:
    wrong = [
        key
        for key, entry in _entries().items()
        if not _KHMER.search(_told(entry)) or _placeholders(key) != _placeholders(_told(entry))
    ]

    assert wrong == []


def test_the_catalogue_holds_nothing_that_nobody_says() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in COLLECTOR.rglob("*.py"))
    spoken = _keys()

    assert [key for key in _entries() if key not in spoken and key not in code] == []


class _Words(HTMLParser):
    """Collects what a reader would see or hear of a template's own text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self._take(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "style" not in dict(attrs), f"<{tag}> has a style attribute"
        assert not [name for name, _ in attrs if name.startswith("on")], f"<{tag}> has a script attribute"
        for name, value in attrs:
            if name in _SPOKEN and value:
                self._take(value)

    def _take(self, text: str) -> None:
        words = re.findall(r"[^\s\d.,:;·–%#()/]+", text)
        self.found += [word for word in words if word not in _SAME_IN_BOTH]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_word_of_its_own(template: Path) -> None:
    words = _Words()
    words.feed(_JINJA.sub(" ", template.read_text(encoding="utf-8")))

    assert words.found == []


def test_the_check_sees_a_word_left_in_a_template() -> None:
    words = _Words()
    words.feed(_JINJA.sub(" ", '<p aria-label="Gates">{{ _("Silent") }} since</p>'))

    assert words.found == ["Gates", "since"]


def test_a_language_we_do_not_have_answers_in_english() -> None:
    assert translations("fr").gettext("Silent") == "Silent"
    assert translations("en").gettext("Silent") == "Silent"
    assert translations("km").gettext("Silent") == "គ្មានដំណឹង"


@pytest.mark.parametrize(
    ("header", "language"),
    [("en-GB,en;q=0.9", "en"), ("fr, km;q=0.8", "km"), ("km-KH", "km"), ("fr", None), ("", None), (";;,,", None)],
)
def test_a_browsers_wish_is_heard(header: str, language: str | None) -> None:
    assert language_of_header(header) == language


def test_khmer_is_what_remains() -> None:
    assert choose_language(None, "xx") == "km"
    assert choose_language("xx", "en", "km") == "en"
