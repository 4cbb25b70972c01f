"""Columns of numbers as bytes: the packing that makes a check-in cost about ten bytes on the wire.

Little-endian throughout. Everything that reads raises WireError and never trusts a length.
"""

import struct
from collections.abc import Sequence

from wire.errors import WireError

_U16_MAX = 0xFFFF
U32_MAX = 0xFFFF_FFFF


def pack_uints(values: Sequence[int]) -> bytes:
    """Pack numbers of 0 to 2^32-1: two bytes each when all fit, else four."""
    code = "H" if max(values, default=0) <= _U16_MAX else "I"
    return struct.pack(f"<{len(values)}{code}", *values)


def unpack_uints(data: bytes, count: int) -> tuple[int, ...]:
    """Unpack `count` numbers of two or of four bytes each."""
    for code, size in (("H", 2), ("I", 4)):
        if len(data) == count * size:
            return struct.unpack(f"<{count}{code}", data)
    raise WireError("a column of numbers does not have a length of 2 or 4 bytes a row")


def pack_codes(codes: Sequence[int], bits: int) -> int | bytes:
    """Pack codes of 2 or 4 bits a row, low bits first; one number when all rows have the same code."""
    if len(set(codes)) == 1:
        return codes[0]
    packed = 0
    for position, code in enumerate(codes):
        packed |= code << (position * bits)
    return packed.to_bytes(-(-len(codes) * bits // 8), "little")


def unpack_codes(packed: int | bytes, count: int, bits: int) -> list[int]:
    """Unpack `count` codes; bits beyond the last row must be zero."""
    top = 1 << bits
    if isinstance(packed, int):
        if not 0 <= packed < top:
            raise WireError(f"a code does not fit {bits} bits")
        return [packed] * count
    if len(packed) != -(-count * bits // 8):
        raise WireError("a column of codes does not have the length of its rows")
    whole = int.from_bytes(packed, "little")
    if whole >> (count * bits):
        raise WireError("a column of codes has bits beyond its last row")
    return [(whole >> (position * bits)) % top for position in range(count)]


def cut(data: bytes, count: int, size: int) -> list[bytes]:
    """Cut bytes into `count` pieces of one size."""
    if len(data) != count * size:
        raise WireError(f"a column does not have {size} bytes a row")
    return [data[at : at + size] for at in range(0, len(data), size)]
