"""Serves the collector's pages on a loopback port, and a signed-in client to speak to them; real HTTP all the way."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import uvicorn

from collector.auth.service import add_staff
from collector.cards.sealing import make_key_file
from collector.db import Database
from collector.models import Role
from collector.settings import Settings
from collector.web import make_app
from wire.clock import Clock

PASSWORD = "rice-and-fish"
_TIMEOUT_SECONDS = 10


def settings_in(folder: Path) -> Settings:
    """Return settings of a folder with a card key of its own."""
    make_key_file(folder / "card.key")
    return Settings(data_folder=str(folder), card_key_file=str(folder / "card.key"))


@contextmanager
def served(database: Database, settings: Settings, clock: Clock) -> Iterator[str]:
    """Serve; yield the address."""
    app = make_app(database, settings, clock)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2, lifespan="on"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            app.state.live.close()
            server.should_exit = True
            thread.join(_TIMEOUT_SECONDS)


def employ(database: Database, login_name: str, role: Role, school_id: int | None, class_id: int | None = None) -> None:
    """Store a person who may sign in with `PASSWORD`."""
    with database.transaction() as session:
        add_staff(session, login_name, login_name.title(), PASSWORD, role, school_id, class_id, "en")


@contextmanager
def signed_in(address: str, login_name: str | None) -> Iterator[httpx.Client]:
    """Yield a client that has signed in, or one of nobody."""
    with httpx.Client(base_url=address, timeout=_TIMEOUT_SECONDS, headers={"Accept": "application/json"}) as http:
        if login_name is not None:
            answer = http.post("/sign-in", data={"login_name": login_name, "password": PASSWORD})
            assert answer.status_code == httpx.codes.SEE_OTHER
        yield http
