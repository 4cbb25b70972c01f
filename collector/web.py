"""The web server's application: every router, one guard in front of them, errors as pages, and the security headers.

Nothing is loaded from another host and no script or style stands inside a page, so the content security policy can
forbid both.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector.auth.access import guard
from collector.cards import router as cards
from collector.dashboard import alarms, sign_in, students
from collector.dashboard import router as school_day
from collector.dashboard.faults import answer_error, answer_fault
from collector.dashboard.live import LiveFeed
from collector.dashboard.pages import STATIC, static_version
from collector.db import Database
from collector.errors import CollectorError
from collector.fleet import router as fleet
from collector.roster import router as roster
from collector.settings import Settings
from wire.clock import Clock

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_CACHED = "public, max-age=31536000, immutable"
_PRIVATE = "no-store"


def make_app(database: Database, settings: Settings, clock: Clock) -> FastAPI:
    """Return the application; its `state.live.close()` ends all open streams before the server is told to stop."""
    live = LiveFeed(database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        live.start()
        yield
        live.close()
        live.join()

    app = FastAPI(
        title="SalaGate",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(guard)],
        lifespan=lifespan,
    )
    app.state.database, app.state.settings, app.state.clock, app.state.live = database, settings, clock, live
    app.add_api_route("/healthz", _health)
    app.include_router(sign_in.router)
    app.include_router(school_day.router)
    app.include_router(students.router)
    app.include_router(alarms.router)
    app.include_router(cards.router)
    app.include_router(roster.router)
    app.include_router(fleet.router)
    app.mount(f"/static/{static_version()}", StaticFiles(directory=STATIC))
    app.add_exception_handler(CollectorError, answer_error)
    app.add_exception_handler(HTTPException, answer_error)
    app.add_exception_handler(RequestValidationError, answer_error)
    app.add_exception_handler(Exception, answer_fault)
    app.add_middleware(SecurityHeaders)
    return app


class SecurityHeaders:
    """Adds the headers to every answer; plain ASGI, so that streams flow through it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_static = scope["path"].startswith("/static/")
        added = {**HEADERS, "Cache-Control": _CACHED if is_static else _PRIVATE}
        await self._app(scope, receive, _adding(send, added))


def _adding(send: Send, added: dict[str, str]) -> Callable[[Message], Awaitable[None]]:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            extra = [(name.lower().encode(), value.encode()) for name, value in added.items()]
            message["headers"] = [*message["headers"], *((n, v) for n, v in extra if n not in present)]
        await send(message)

    return send_with_headers


def _health(request: Request) -> Response:
    """Tell a supervisor that the pages and the database answer."""
    database: Database = request.app.state.database
    with database.reading():
        return JSONResponse({"status": "ok", "version": _version()})


def _version() -> str:
    try:
        return version("salagate")
    except PackageNotFoundError:
        return "0"
