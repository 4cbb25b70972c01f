"""Serves the real application on a loopback port from a thread, for a real browser to look at."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn

from collector.settings import Settings
from collector.web import make_app
from tests.collector.dashboard.seed import Morning


def settings() -> Settings:
    """Return settings that name nothing but what a test needs."""
    return Settings(data_folder="unused", card_key_file="unused")


@contextmanager
def serving(morning: Morning) -> Iterator[str]:
    """Serve a morning; yield the address."""
    app = make_app(morning.database, settings(), morning.clock)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2, lifespan="on")
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            app.state.live.close()
            server.should_exit = True
            thread.join(10)
