"""The pages in front of everything: sign in, sign out, choose the language."""

from datetime import timedelta
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from collector.auth import logins
from collector.auth.access import SignedIn, cookie_name
from collector.auth.schemas import Principal
from collector.dashboard.pages import LANGUAGE_COOKIE, render
from collector.db import Database
from collector.i18n import LANGUAGES, choose_language
from wire.clock import Clock

router = APIRouter()
_COOKIE_SECONDS = 30 * 24 * 3600
"""Longer than any login: whether a login lives is the server's to say, by its own clock."""
_YEAR_SECONDS = 365 * 24 * 3600


@router.get("/sign-in")
def ask(request: Request, back: str = "/") -> Response:
    """Ask for name and password."""
    if isinstance(request.state.principal, Principal):
        return RedirectResponse(_local(back), 303)
    return render(request, "sign_in.html", back=_local(back), login_name="", wait_seconds=0, is_wrong=False)


@router.post("/sign-in")
def sign_in(
    request: Request,
    login_name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a login, or ask again: slower each time."""
    database: Database = request.app.state.database
    clock: Clock = request.app.state.clock
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    result = logins.sign_in(database, login_name, password, chosen if chosen in LANGUAGES else None, clock.now())
    if isinstance(result, timedelta):
        wait_seconds = ceil(result.total_seconds())
        return render(
            request,
            "sign_in.html",
            status=429 if wait_seconds else 401,
            back=_local(back),
            login_name=login_name,
            wait_seconds=wait_seconds,
            is_wrong=True,
        )
    answer = RedirectResponse(_local(back), 303)
    is_secure = request.url.scheme == "https"
    answer.set_cookie(
        cookie_name(request), result, max_age=_COOKIE_SECONDS, path="/", secure=is_secure, httponly=True, samesite="lax"
    )
    return answer


@router.post("/sign-out")
def sign_out(request: Request, principal: SignedIn) -> Response:
    """End this login."""
    database: Database = request.app.state.database
    with database.transaction() as session:
        logins.sign_out(session, principal, request.app.state.clock.now())
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True)
    return answer


@router.post("/language")
def speak(request: Request, language: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/") -> Response:
    """Keep the chosen language in this browser, and with the login if there is one."""
    chosen = choose_language(language)
    principal = request.state.principal
    if isinstance(principal, Principal):
        database: Database = request.app.state.database
        with database.transaction() as session:
            logins.speak(session, principal, chosen)
    answer = RedirectResponse(_local(back), 303)
    answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR_SECONDS, path="/", samesite="lax")
    return answer


def _local(path: str) -> str:
    """Return a path of this site; anything that could lead elsewhere becomes the front page."""
    is_local = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if is_local else "/"
