"""What the kiosk knows of its school: fetched when the retained manifest names another one, replaced as a whole.

A revoked card must not wait for the body, so the manifest's own list counts at once. The book is in memory only, and
nothing here decides about a tap.
"""

import hashlib
import random
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import NamedTuple

import httpx

from edge.errors import GateBookError
from wire.codec import decode_gate_book
from wire.errors import WireError
from wire.messages import GateBook, Manifest

MAX_BYTES = 16_000_000
_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_FIRST_PAUSE_SECONDS, _LAST_PAUSE_SECONDS = 0.5, 60.0


class GateBookView(NamedTuple):
    """The knowledge of one instant; never changed, only replaced."""

    tags: frozenset[bytes] | None = None
    """The cards of the school; None while there is no gate book yet."""
    revoked: frozenset[bytes] = frozenset()
    hours: tuple[tuple[int, int], ...] = ()
    claim_at: tuple[int, ...] = ()
    utc_offset_seconds: int = 0
    revision: int = 0

    @classmethod
    def of(cls, book: GateBook, revoked: frozenset[bytes], revision: int) -> "GateBookView":
        """Return the view on a body."""
        return cls(frozenset(book.tags), revoked, book.hours, book.claim_at, book.utc_offset_seconds, revision)

    def is_open(self, second_of_day: int) -> bool:
        """Tell whether the gate's hours hold this local second; without hours they always do."""
        return not self.hours or any(start <= second_of_day < end for start, end in self.hours)


class GateBookKeeper:
    """Holds the newest view and fetches the next one in a thread of its own."""

    def __init__(self, collector_url: str, say: Callable[[str], None] = lambda _sentence: None) -> None:
        self._url = collector_url.rstrip("/")
        self._say = say
        self._lock = Lock()
        self._wanted: Manifest | None = None
        self._view = GateBookView()
        self._news, self._stop = Event(), Event()
        self._thread = Thread(target=self._run, name="gate-book", daemon=True)

    @property
    def view(self) -> GateBookView:
        """What is known now."""
        return self._view

    def announce(self, manifest: Manifest) -> None:
        """Take note of a manifest: its revoked cards count at once, its body is fetched."""
        with self._lock:
            self._view = self._view._replace(revoked=frozenset(manifest.revoked))
            self._wanted = manifest if self._view.tags is None or manifest.revision != self._view.revision else None
        self._news.set()

    def start(self) -> None:
        """Begin to fetch."""
        self._thread.start()

    def stop(self) -> None:
        """Fetch no more; a transfer under way ends by its own time limit."""
        self._stop.set()
        self._news.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=1.0)

    def fetch_wanted(self) -> None:
        """Fetch the body that the newest manifest names, if it is not here yet; raise GateBookError."""
        manifest = self._wanted
        if manifest is None:
            return
        book = fetch(self._url, manifest)
        with self._lock:
            self._view = GateBookView.of(book, self._view.revoked, manifest.revision)
            if self._wanted is manifest:
                self._wanted = None

    def _run(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            self._news.wait(pause if self._wanted else None)
            self._news.clear()
            try:
                self.fetch_wanted()
                pause = _FIRST_PAUSE_SECONDS
            except GateBookError as error:
                if pause == _FIRST_PAUSE_SECONDS:
                    self._say(str(error))
                pause = min(_LAST_PAUSE_SECONDS, 2 * pause) * random.uniform(0.8, 1.0)  # noqa: S311  # jitter


def fetch(collector_url: str, manifest: Manifest) -> GateBook:
    """Fetch the body a manifest names and check it against size and hash; raise GateBookError."""
    url = f"{collector_url}/kiosk/v1/gate-book/{manifest.sha256.hex()}"
    if manifest.size > MAX_BYTES:
        raise GateBookError(f"The gate book at {url} is too large for a kiosk; the collector must send a smaller one.")
    try:
        body = _get(url, manifest.size)
    except httpx.HTTPError as error:
        reason = _reason(error)
        raise GateBookError(f"The gate book could not be fetched from {url} ({reason}); it is tried again.") from error
    with suppress(WireError):
        if len(body) == manifest.size and hashlib.sha256(body).digest() == manifest.sha256:
            return decode_gate_book(body)
    raise GateBookError(f"The gate book from {url} is not what its manifest says; the one before is kept.")


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"status {error.response.status_code}"
    return str(error) or type(error).__name__


def _get(url: str, size: int) -> bytes:
    body = bytearray()
    with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client, client.stream("GET", url) as answer:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > size:
                break
    return bytes(body)
