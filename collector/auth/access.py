"""The door in front of every page: nobody passes unsigned unless a path is named here: a new route is closed.

`guard` is a dependency of the whole application. It also refuses a write that another site's page sent (CSRF): by
Sec-Fetch-Site or Origin, and by the token of the login, in a form field or a header.
"""

import secrets
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from collector.auth import logins
from collector.auth.schemas import Principal
from collector.db import Database
from collector.errors import Forbidden, SignInRequired
from wire.clock import Clock

OPEN_PATHS = frozenset({"/sign-in", "/language", "/healthz"})
OPEN_PREFIXES = ("/kiosk/v1/", "/static/")
"""Kiosks prove who they are in their own way; static files hold nothing of anybody."""
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
BACKGROUND_HEADER = "X-Background"
"""Sent by a page that refreshes itself: it does not count as use."""
_COOKIE = "salagate_login"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def cookie_name(request: Request) -> str:
    """Return the login cookie's name; over https it is bound to this host."""
    return f"__Host-{_COOKIE}" if request.url.scheme == "https" else _COOKIE


def is_open(path: str) -> bool:
    """Tell whether a path is for everybody."""
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES)


async def _offered_token(request: Request) -> str:
    """Return the CSRF token that a write brings, from its header or its form."""
    if request.method in _SAFE or is_open(request.url.path):
        return ""
    offered = request.headers.get(CSRF_HEADER)
    if offered is None and request.headers.get("content-type", "").startswith(_FORMS):
        field = (await request.form()).get(CSRF_FIELD)
        offered = field if isinstance(field, str) else None
    return offered or ""


def guard(request: Request, token: Annotated[str, Depends(_offered_token)]) -> None:
    """Let a request through or raise SignInRequired or Forbidden."""
    request.state.principal = None
    is_write = request.method not in _SAFE
    path = request.url.path
    if path.startswith(OPEN_PREFIXES):
        return
    if is_write:
        _refuse_other_sites(request)
    principal = _principal(request)
    request.state.principal = principal
    if is_open(path):
        return
    if principal is None:
        raise SignInRequired("Please sign in first.")
    if is_write and not secrets.compare_digest(token.encode(), principal.csrf_token.encode()):
        raise Forbidden("This form is too old: load the page again, then send it once more.")


def principal_of(request: Request) -> Principal:
    """Return who is signed in; the guard has made sure that somebody is."""
    principal = request.state.principal
    if not isinstance(principal, Principal):
        raise SignInRequired("Please sign in first.")
    return principal


SignedIn = Annotated[Principal, Depends(principal_of)]


def _principal(request: Request) -> Principal | None:
    secret = request.cookies.get(cookie_name(request))
    if not secret:
        return None
    database: Database = request.app.state.database
    clock: Clock = request.app.state.clock
    now = clock.now()
    with database.reading() as session:
        principal = logins.signed_in(session, secret, now)
    if principal is not None and BACKGROUND_HEADER not in request.headers:
        logins.note_use(database, principal, now)
    return principal


def _refuse_other_sites(request: Request) -> None:
    fetch_site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    is_foreign = fetch_site not in (None, "same-origin", "none")
    if fetch_site is None and origin is not None:
        is_foreign = urlsplit(origin).netloc != request.headers.get("Host")
    if is_foreign:
        raise Forbidden("This was sent by a page of another site and is refused.")
