"""Every kind of message with its two functions, so that a test of the codec covers them all or says why not."""

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis.strategies import SearchStrategy

from tests.wire import strategies
from wire import codec


class Form(NamedTuple):
    """One kind of message: what makes it, encodes it and decodes it."""

    name: str
    messages: SearchStrategy[Any]
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


BATCH = Form("batch", strategies.batches(), codec.encode_batch, codec.decode_batch)
RECEIPT = Form("receipt", strategies.receipts, codec.encode_receipt, codec.decode_receipt)
HEARTBEAT = Form("heartbeat", strategies.heartbeats, codec.encode_heartbeat, codec.decode_heartbeat)
STATUS = Form("status", strategies.statuses, codec.encode_status, codec.decode_status)
MANIFEST = Form("manifest", strategies.manifests, codec.encode_manifest, codec.decode_manifest)
GATE_BOOK = Form("gate_book", strategies.gate_books, codec.encode_gate_book, codec.decode_gate_book)

FORMS = [BATCH, RECEIPT, HEARTBEAT, STATUS, MANIFEST, GATE_BOOK]
