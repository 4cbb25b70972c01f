"""A gate book is replaced as a whole or not at all, over real HTTP; a revoked card does not wait for it."""

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from edge.errors import GateBookError
from edge.gatebook import GateBookKeeper, fetch
from tests.edge.makers import tag
from wire.codec import encode_gate_book
from wire.messages import GateBook, Manifest

BOOK = encode_gate_book(GateBook(7, (tag(1), tag(2)), (24_720,), ((21_600, 28_800),)))


class Shelf:
    """An HTTP server that gives what lies on it under its hash, and anything else as 404."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # http.server's name
                body = shelf.bodies.get(self.path.rpartition("/")[2])
                self.send_response(404 if body is None else 200)
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def put(self, body: bytes, revision: int = 7, named: bytes | None = None) -> Manifest:
        """Lay a body there under the hash of `named`, which the manifest promises."""
        promised = body if named is None else named
        digest = hashlib.sha256(promised).digest()
        self.bodies[digest.hex()] = body
        return Manifest(revision, digest, len(promised), (tag(9),))


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    made = Shelf()
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_the_book_a_manifest_names_is_fetched_and_replaces_the_view(shelf: Shelf) -> None:
    keeper = GateBookKeeper(shelf.url)
    keeper.announce(shelf.put(BOOK))
    assert keeper.view.tags is None
    keeper.fetch_wanted()

    assert keeper.view.tags == frozenset({tag(1), tag(2)})
    assert (keeper.view.revision, keeper.view.claim_at, keeper.view.hours) == (7, (24_720,), ((21_600, 28_800),))
    assert keeper.view.revoked == frozenset({tag(9)})


def test_revoked_cards_count_before_the_body_is_here(shelf: Shelf) -> None:
    keeper = GateBookKeeper(shelf.url)
    keeper.announce(Manifest(8, bytes(32), 10, (tag(5),)))

    assert keeper.view.revoked == frozenset({tag(5)})


def test_the_same_revision_is_not_fetched_again(shelf: Shelf) -> None:
    keeper = GateBookKeeper(shelf.url)
    manifest = shelf.put(BOOK)
    keeper.announce(manifest)
    keeper.fetch_wanted()
    shelf.bodies.clear()
    keeper.announce(manifest)

    keeper.fetch_wanted()
    assert keeper.view.revision == 7


@pytest.mark.parametrize(
    ("body", "named"),
    [(BOOK[:-1] + b"\0", BOOK), (b"no gate book", b"no gate book"), (BOOK + b"more", BOOK), (b"", BOOK)],
    ids=["changed", "no gate book", "longer", "empty"],
)
def test_a_body_that_is_not_what_the_manifest_says_changes_nothing(shelf: Shelf, body: bytes, named: bytes) -> None:
    keeper = GateBookKeeper(shelf.url)
    keeper.announce(shelf.put(BOOK))
    keeper.fetch_wanted()
    before = keeper.view
    shelf.bodies.clear()
    keeper.announce(shelf.put(body, 8, named))

    with pytest.raises(GateBookError, match="is not what its manifest says"):
        keeper.fetch_wanted()
    assert keeper.view == before


def test_a_collector_that_has_no_such_book_or_is_away_is_said_in_a_sentence(shelf: Shelf) -> None:
    with pytest.raises(GateBookError, match=r"could not be fetched from .*; it is tried again"):
        fetch(shelf.url, Manifest(7, bytes(32), 10))
    with pytest.raises(GateBookError, match=r"could not be fetched from .*; it is tried again"):
        fetch("http://127.0.0.1:1", Manifest(7, bytes(32), 10))


def test_a_book_too_large_for_a_kiosk_is_not_even_asked_for() -> None:
    with pytest.raises(GateBookError, match="too large"):
        fetch("http://127.0.0.1:1", Manifest(7, bytes(32), 10**9))


def test_the_keepers_thread_fetches_and_ends(shelf: Shelf) -> None:
    keeper = GateBookKeeper(shelf.url)
    keeper.start()
    keeper.announce(shelf.put(BOOK))
    for _ in range(400):
        if keeper.view.tags is not None:
            break
        Thread.join(keeper._thread, 0.01)
    keeper.stop()

    assert keeper.view.revision == 7
    assert not keeper._thread.is_alive()
