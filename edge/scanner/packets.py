"""What the kiosk and the process of its decoder say to each other, so that neither must trust the other's bytes.

One packet asks for a look at what lies in the slot, one answers. A decoder may have been broken by the image it looked
at: whatever is not exactly an answer is none.
"""

import json
import struct

import msgspec

READY, FAILED, TEXTS = b"R", b"F", b"T"
"""First byte of an answer: ready to read; a sentence why not; JSON, a list of texts."""
MOST_TEXTS, MOST_CHARACTERS = 32, 500
"""What fits into a packet. A card has 16 characters: the rest of a longer text is of no use."""
PACKET_BYTES = 1 << 18
_REQUEST = struct.Struct("<iii")
_STILL = -1


def request(height: int, width: int, active_frame: int | None) -> bytes:
    """Ask for a look at a plane of that size."""
    return _REQUEST.pack(height, width, _STILL if active_frame is None else active_frame)


def asked(packet: bytes) -> tuple[int, int, int | None]:
    """Return height, width and active frame of a request."""
    height, width, number = _REQUEST.unpack(packet)
    return height, width, None if number == _STILL else number


def answer(texts: list[str]) -> bytes:
    """Answer with the texts, as far as they fit."""
    return TEXTS + json.dumps([text[:MOST_CHARACTERS] for text in texts[:MOST_TEXTS]]).encode()


def answered(packet: bytes | None) -> list[str] | None:
    """Return the texts of an answer; None when it is none."""
    if not packet or not packet.startswith(TEXTS):
        return None
    try:
        return msgspec.json.decode(packet.removeprefix(TEXTS), type=list[str])
    except msgspec.DecodeError:
        return None


def failure(sentence: str) -> bytes:
    """Say why there will be no answers."""
    return FAILED + sentence.encode()


def failed(packet: bytes) -> str | None:
    """Return the sentence, if the packet says that there will be no answers."""
    return packet.removeprefix(FAILED).decode("utf-8", "replace") if packet.startswith(FAILED) else None
