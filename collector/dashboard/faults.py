"""Errors as pages: one sentence in the reader's language, and JSON for whoever asked for that.

The sentences of our own errors are English; a page says what its status means in the reader's words and, where the
reader reads English, the sentence itself.
"""

import logging
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from collector.auth.access import BACKGROUND_HEADER
from collector.dashboard.pages import language_of, render
from collector.errors import CollectorError, SignInRequired
from collector.i18n import SOURCE_LANGUAGE, translations

log = logging.getLogger(__name__)
_NOT_FOUND = 404
_UNPROCESSABLE = 422
_FAULT = 500


def answer_error(request: Request, error: Exception) -> Response:
    """Answer an error that we raised, or that the framework raised for us."""
    status = _status(error)
    if isinstance(error, SignInRequired) and _wants_page(request) and request.method == "GET":
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?back={quote(path, safe='')}" if path != "/" else "/sign-in", 303)
    own = str(error) if isinstance(error, CollectorError) else None
    return _answer(request, status, own)


def answer_fault(request: Request, error: Exception) -> Response:
    """Answer an error that nobody foresaw: one sentence for the reader, the rest for the log."""
    log.error("a page failed: %s", request.url.path, exc_info=error)
    return _answer(request, _FAULT, None)


def _status(error: Exception) -> int:
    if isinstance(error, CollectorError):
        return error.status
    if isinstance(error, RequestValidationError):
        # An address with something that is no number leads nowhere; a form with it is wrong.
        return _NOT_FOUND if any(part["loc"][0] == "path" for part in error.errors()) else _UNPROCESSABLE
    return error.status_code if isinstance(error, HTTPException) else _FAULT


def _answer(request: Request, status: int, own: str | None) -> Response:
    title, sentence = _sentences(request, status)
    t = translations(language_of(request))
    if own is not None:
        is_known = language_of(request) == SOURCE_LANGUAGE or t.gettext(own) != own
        sentence = t.gettext(own) if is_known else sentence
    if _wants_page(request):
        return render(request, "error.html", status, title=title, sentence=sentence, code=status)
    return JSONResponse({"error": own or sentence}, status)


def _sentences(request: Request, status: int) -> tuple[str, str]:
    t = translations(language_of(request))
    impossible = t.gettext("That cannot be"), t.gettext("The form says something impossible: go back and correct it.")
    known = {
        400: impossible,
        401: (t.gettext("Please sign in"), t.gettext("Please sign in first.")),
        403: (t.gettext("Not allowed"), t.gettext("You may not do this.")),
        404: (t.gettext("Not found"), t.gettext("There is nothing at this address among what you may see.")),
        405: (t.gettext("Not found"), t.gettext("There is nothing at this address among what you may see.")),
        422: impossible,
        503: (
            t.gettext("Please wait a moment"),
            t.gettext("The database does not answer now. Nothing is lost: load the page again in a minute."),
        ),
    }
    unforeseen = (
        t.gettext("Something went wrong"),
        t.gettext("The collector made a mistake and has written it down. Load the page again."),
    )
    return known.get(status, unforeseen)


def _wants_page(request: Request) -> bool:
    is_background = BACKGROUND_HEADER in request.headers
    return "text/html" in request.headers.get("Accept", "*/*") and not is_background
