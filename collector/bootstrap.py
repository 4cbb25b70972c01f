"""The collector's composition root: the only place that knows which concrete parts make the program.

`Collector` is the embedded form: one process with SQLite, the embedded broker and every worker as a thread. Nothing
here decides anything about attendance.
"""

import logging
import re
import signal
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from collector.absence.sweep import Sweep
from collector.attendance.follower import Follower
from collector.broker import BrokerClient, EmbeddedBroker
from collector.cards.publisher import GateBookPublisher
from collector.cards.sealing import read_sealer
from collector.db import Database
from collector.errors import CardError, SettingsError
from collector.ingest.service import Ingest
from collector.models.opening import open_database
from collector.notify.channel import Channel
from collector.notify.preview import PreviewChannel
from collector.notify.rules import QuietHours
from collector.notify.telegram import TelegramChannel
from collector.notify.worker import Dispatcher
from collector.settings import Settings
from collector.web import make_app
from collector.worker import Worker
from wire.clock import Clock, make_clock

log = logging.getLogger(__name__)

_TOKEN = re.compile(r"[0-9]+:[\w-]+", re.ASCII)
_LOOPBACK = ("127.0.0.1", "localhost")
_BACKLOG = 128
_RECEIPT_SECONDS = 1.0
_FOLLOW_SECONDS = 5.0
_SWEEP_SECONDS = 5.0
_NOTIFY_SECONDS = 2.0
_GATE_BOOK_SECONDS = 5.0
"""Clock seconds between two looks when nobody wakes a worker."""


def serve_embedded(settings: Settings) -> None:
    """Run the whole collector in this process until SIGTERM or SIGINT; then end every worker before the process."""
    if settings.host not in _LOOPBACK:
        raise SettingsError("`--embedded` serves this machine only: set host in collector.toml to 127.0.0.1.")
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, _leave)
    clock = make_clock(settings.clock.simulation)
    _tell_of_missing_key(Path(settings.card_key_file))
    with ExitStack() as stack:
        pages = stack.enter_context(_listening(settings.host, settings.port))
        database = open_database(settings.database_url, clock.now())
        stack.callback(database.close)
        channels = _channels(settings, stack)
        stack.enter_context(EmbeddedBroker(settings.broker, Path(settings.data_folder)))
        client = BrokerClient(settings.broker.host, settings.broker.port, "collector")
        for worker in _workers(settings, database, clock, client, channels):
            worker.start()
            stack.callback(worker.stop)
        stack.enter_context(client)
        log.info("The dashboard is at http://%s:%d", settings.host, settings.port)
        _Pages(make_app(database, settings, clock)).run(sockets=[pages])


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Unwind: uvicorn raises a signal again once it has ended, and by default that kills what is still at work."""
    raise SystemExit(0)


class _Pages(uvicorn.Server):
    """A web server that ends its open streams before it waits for them."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2))
        self._live = app.state.live

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take SIGTERM or SIGINT."""
        self._live.close()
        super().handle_exit(sig, frame)


def _workers(
    settings: Settings, database: Database, clock: Clock, client: BrokerClient, channels: Mapping[str, Channel]
) -> list[Worker]:
    quiet = QuietHours.parse(settings.notify.quiet_from, settings.notify.quiet_until, settings.zone)
    books = GateBookPublisher(database, clock, settings.zone, client.publish)
    dispatcher = Worker("notify", Dispatcher(database, clock, channels, quiet), clock, _NOTIFY_SECONDS)
    sweep = Worker("sweep", Sweep(database, clock, settings.zone), clock, _SWEEP_SECONDS)
    follower = Worker("follow", Follower(database, settings.zone, on_dirty=sweep.wake), clock, _FOLLOW_SECONDS)
    intake = Ingest(database, clock, client, on_commit=follower.wake)
    ingest = Worker("ingest", intake, clock, _RECEIPT_SECONDS)
    intake.on_arrival = ingest.wake
    gate_books = Worker("gate books", books, clock, _GATE_BOOK_SECONDS)

    def publish_anew() -> None:
        books.forget()
        gate_books.wake()

    client.on_connect = publish_anew
    return [ingest, follower, sweep, dispatcher, gate_books]


def _channels(settings: Settings, stack: ExitStack) -> dict[str, Channel]:
    channels: dict[str, Channel] = {"preview": PreviewChannel()}
    if settings.notify.telegram_token_file:
        token = _token(Path(settings.notify.telegram_token_file))
        telegram = TelegramChannel(token, settings.notify.telegram_base_url)
        channels["telegram"] = stack.enter_context(telegram)
    return channels


def _tell_of_missing_key(path: Path) -> None:
    """A morning must not wait for a key that only printing needs."""
    try:
        read_sealer(path)
    except CardError as error:
        log.warning("%s Until it is back no card can be printed; all else goes on.", error)


def _token(path: Path) -> str:
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {path} with the Telegram bot's token cannot be read.") from error
    if not _TOKEN.fullmatch(token):
        raise SettingsError(f"The file {path} does not hold a Telegram bot's token: write it there as its only line.")
    return token


def _listening(host: str, port: int) -> socket.socket:
    """Claim the port of the pages before anything else begins."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"Port {port} of {host} is in use: stop the program that holds it or set another port in collector.toml."
        ) from error
    return listener
