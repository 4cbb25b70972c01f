"""The outer form of every message: a msgpack array that begins with the version, strictly typed.

One encoder, one decoder and the field types live here, so that no message can be laxer than another. The bounds are
such that every moment on the wire is a date that can be computed with, every number fits a database's 64 bits, and a
short payload cannot ask for much memory.
"""

from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from wire.errors import WireError

VERSION = 1
MAX_ITEMS = 10_000
"""No list on the wire is longer."""
BOOT_END = 2**40
"""Ticks; 348 years of uptime."""
WALL_END = 2**42
"""Ticks since 1970; beyond the year 3300."""

Version = Annotated[int, Meta(ge=VERSION, le=VERSION)]
Id = Annotated[bytes, Meta(min_length=16, max_length=16)]
Count = Annotated[int, Meta(ge=0, lt=2**62)]
Seq = Annotated[int, Meta(ge=1, lt=2**62)]
BootTicks = Annotated[int, Meta(ge=0, lt=BOOT_END)]
WallTicks = Annotated[int, Meta(gt=-BOOT_END, lt=WALL_END)]
WallOffset = Annotated[int, Meta(gt=-2 * BOOT_END, lt=WALL_END)]
UtcMs = Annotated[int, Meta(ge=0, lt=10 * WALL_END)]
Items = Meta(max_length=MAX_ITEMS)
SecondOfDay = Annotated[int, Meta(ge=0, le=86_400)]


class Envelope(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An array whose first element is the version."""

    version: Version


class _Head(msgspec.Struct, frozen=True, array_like=True):
    version: int


E = TypeVar("E", bound=Envelope)
M = TypeVar("M")

_ENCODER = msgspec.msgpack.Encoder()


def seal(envelope: Envelope, message: M, decode: Callable[[bytes], M]) -> bytes:
    """Encode an envelope; raise WireError unless its bytes decode to the message it was made from."""
    try:
        payload = _ENCODER.encode(envelope)
    except (msgspec.MsgspecError, ValueError, OverflowError):
        raise WireError("a value does not fit the wire") from None
    if decode(payload) != message:
        raise WireError("a value does not fit the wire")
    return payload


def unseal(payload: bytes, form: type[E]) -> E:
    """Decode bytes into an envelope of this form; raise WireError for anything else."""
    try:
        return msgspec.msgpack.decode(payload, type=form, strict=True)
    except msgspec.ValidationError as error:
        raise WireError(_reason(payload, str(error))) from None
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        raise WireError("not msgpack, or cut short") from None


def _reason(payload: bytes, message: str) -> str:
    """Say what is wrong without repeating what was sent: msgspec quotes values, but not where it names types."""
    if _has_other_version(payload):
        return "of a version of the wire that this program does not know"
    if message.startswith("Expected "):
        return message
    _, at, path = message.rpartition(" - at ")
    return f"a value that does not exist{at}{path if at else ''}"


def _has_other_version(payload: bytes) -> bool:
    try:
        return msgspec.msgpack.decode(payload, type=_Head).version != VERSION
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return False
