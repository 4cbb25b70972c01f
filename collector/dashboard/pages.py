"""Turns templates into pages in the language of whoever reads them; no page is made anywhere else.

A page that refreshes itself asks for its own address again with the header of the background: it gets only its main
part, and 304 when nothing in it changed.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date
from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from collector.attendance.sentence import on_the_wall
from collector.auth.access import BACKGROUND_HEADER
from collector.auth.schemas import Principal
from collector.dashboard import words
from collector.i18n import choose_language, language_of_header, translations

HERE = Path(__file__).parent
STATIC = HERE / "static"
LANGUAGE_COOKIE = "language"
_LONG_DATE = {"km": "EEEE ទី d MMMM y", "en": "EEEE d MMMM y"}


@cache
def static_version() -> str:
    """Return a short hash of all static files: a changed file has a new address, so each may be cached for a year."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def environment(language: str) -> Environment:
    """Return the templates in one language."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = translations(language)
    made.install_gettext_callables(catalogue.gettext, catalogue.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals["static"] = f"/static/{static_version()}"
    made.filters["percent"] = lambda share: f"{share:.3f}%"
    return made


def language_of(request: Request) -> str:
    """Return the reader's language: the login's, else the browser's choice, else what the browser prefers."""
    principal = getattr(request.state, "principal", None)
    if isinstance(principal, Principal):
        return choose_language(principal.language)
    preferred = language_of_header(request.headers.get("Accept-Language", ""))
    return choose_language(request.cookies.get(LANGUAGE_COOKIE), preferred)


@dataclass(frozen=True)
class Reader:
    """Who reads a page, and how names and moments are written for them."""

    language: str
    zone: ZoneInfo

    @property
    def words(self) -> words.Words:
        """The page's vocabulary."""
        return words.Words(self.language, self.zone)

    def name(self, thing: object) -> str:
        """Return the name of anything that has `name_km` and `name_en`."""
        return str(getattr(thing, f"name_{self.language}"))

    def date(self, moment: datetime) -> str:
        """Return the date with its weekday, in Latin digits."""
        return format_date(moment.astimezone(self.zone).date(), _LONG_DATE[self.language], locale=self.language)

    def hm(self, moment: datetime | None) -> str:
        """Return hours and minutes on the wall of the school."""
        return on_the_wall(moment, self.zone).strftime("%H:%M") if moment else ""

    def hms(self, moment: datetime | None) -> str:
        """Return the time with seconds: in explanations only."""
        return moment.astimezone(self.zone).strftime("%H:%M:%S") if moment else ""


def reader_of(request: Request) -> Reader:
    """Return how this request's reader is written for."""
    return Reader(language_of(request), request.app.state.settings.zone)


def render(request: Request, template: str, status: int = 200, **facts: object) -> Response:
    """Return a page; a background request gets its main part, or 304 when it has it already."""
    reader = reader_of(request)
    is_background = BACKGROUND_HEADER in request.headers
    principal = getattr(request.state, "principal", None)
    text = (
        environment(reader.language)
        .get_template(template)
        .render(
            reader=reader,
            words=reader.words,
            principal=principal,
            path=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            is_background=is_background,
            **facts,
        )
    )
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
    if is_background and request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return HTMLResponse(text, status, headers={"ETag": tag} if is_background else None)
