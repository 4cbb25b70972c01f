"""The outer form of every message: a msgpack array that begins with the version, strictly typed.

One encoder, one decoder and the field types live here, so that no message can be laxer than another.
"""

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from wire.errors import WireError

VERSION = 1

Version = Annotated[int, Meta(ge=VERSION, le=VERSION)]
Id = Annotated[bytes, Meta(min_length=16, max_length=16)]
Count = Annotated[int, Meta(ge=0, lt=2**62)]
Seq = Annotated[int, Meta(ge=1, lt=2**62)]
Offset = Annotated[int, Meta(gt=-(2**62), lt=2**62)]
SecondOfDay = Annotated[int, Meta(ge=0, le=86_400)]


class Envelope(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An array whose first element is the version."""

    version: Version


E = TypeVar("E", bound=Envelope)

_ENCODER = msgspec.msgpack.Encoder()


def seal(envelope: Envelope) -> bytes:
    """Encode an envelope."""
    return _ENCODER.encode(envelope)


def unseal(payload: bytes, form: type[E]) -> E:
    """Decode bytes into an envelope of this form; raise WireError for anything else."""
    try:
        return msgspec.msgpack.decode(payload, type=form, strict=True)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        reason = str(error) if isinstance(error, msgspec.ValidationError) else "not msgpack"
        raise WireError(reason) from error
