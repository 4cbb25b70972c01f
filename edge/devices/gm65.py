"""What a GM65-class reader and a kiosk say to one another over a serial line; bytes in, values out, no device.

The reader sends each text it read as a line and answers commands in between. A command is 7E 00, its kind (07 reads
a zone, 08 writes one), the number of bytes, the zone's address in two bytes, the bytes, and a check; an answer is
02 00, 00 for success, the number of bytes, the bytes, and a check. The check is CRC-16 with polynomial 1021 from zero
over all but the first two bytes. Sources: Hangzhou Grow's user manuals of GM65, GM65-S and GM861, chapter on serial
commands, whose examples `7E 00 09 01 00 00 00 DE C8`, `7E 00 07 01 00 2A 02 D8 0F` and `02 00 00 01 00 33 31` agree
with it; zones 0000 and 0003 as DFRobot's GM65_scanner library for Arduino uses them.
"""

import binascii
from typing import NamedTuple

MODE_ZONE = 0x0000
SETUP_CODE_ZONE = 0x0003
NO_SETUP_CODES = 0x03
"""No QR code that is shown to the reader changes its settings."""
MAX_TEXT_BYTES = 256
"""Longer than any card; what is longer is refused and not kept."""
UNREADABLE = "?"
"""Stands for a line that no card can have: too long, or not plain ASCII."""
_READ, _WRITE = 0x07, 0x08
_ANSWER_HEAD = b"\x02\x00"
_ANSWER_BYTES = 7
_CHECK_BYTES = 2
_LINE_ENDS = b"\r\n"
_MODE_BITS, _BY_COMMAND, _CONTINUOUS = 0x03, 0x01, 0x02


class Answer(NamedTuple):
    """How a command was answered."""

    is_ok: bool
    value: int
    """The zone's byte, or 0 for a write."""


def query_mode() -> bytes:
    """Return the command that asks how the reader works; every reader answers it."""
    return _command(_READ, MODE_ZONE, 1)


def refuse_setup_codes() -> bytes:
    """Return the command after which no QR code changes the reader's settings, until it loses power."""
    return _command(_WRITE, SETUP_CODE_ZONE, NO_SETUP_CODES)


def read_by_itself(mode: int) -> bytes:
    """Return the command after which a reader of this mode reads whatever is held before it."""
    return _command(_WRITE, MODE_ZONE, mode & ~_MODE_BITS | _CONTINUOUS)


def reads_by_itself(mode: int) -> bool:
    """Tell whether a reader of this mode waits for no button and no command."""
    return mode & _MODE_BITS > _BY_COMMAND


def success(value: int) -> bytes:
    """Return the reader's answer that holds this byte."""
    body = bytes([0, 1, value])
    return _ANSWER_HEAD + body + _check(body)


def _command(kind: int, zone: int, value: int) -> bytes:
    body = bytes([kind, 1]) + zone.to_bytes(2, "big") + bytes([value])
    return b"\x7e\x00" + body + _check(body)


def _check(body: bytes) -> bytes:
    return binascii.crc_hqx(body, 0).to_bytes(_CHECK_BYTES, "big")


class Stream:
    """Tells texts and answers apart in what comes over the line; holds no more than one line."""

    def __init__(self) -> None:
        self._unread = b""
        self._line = bytearray()
        self._is_too_long = False

    def feed(self, data: bytes) -> list[str | Answer]:
        """Return what these bytes completed, in order. An answer also ends a text whose line end was left out."""
        self._unread += data
        found: list[str | Answer] = []
        while self._unread:
            if self._may_become_answer():
                break
            heard = _as_answer(self._unread[:_ANSWER_BYTES])
            if heard:
                found += [*self._end_line(), heard]
                self._unread = self._unread[_ANSWER_BYTES:]
                continue
            byte = self._unread[0]
            found += self._end_line() if byte in _LINE_ENDS else self._add(byte)
            self._unread = self._unread[1:]
        return found

    def _may_become_answer(self) -> bool:
        is_begun = _ANSWER_HEAD.startswith(self._unread[: len(_ANSWER_HEAD)])
        return is_begun and len(self._unread) < _ANSWER_BYTES

    def _add(self, byte: int) -> list[str]:
        if len(self._line) < MAX_TEXT_BYTES:
            self._line.append(byte)
        else:
            self._is_too_long = True
        return []

    def _end_line(self) -> list[str]:
        line, is_too_long = bytes(self._line), self._is_too_long
        self._line.clear()
        self._is_too_long = False
        if not line:
            return []
        is_plain = line.isascii() and line.decode("ascii").isprintable()
        return [line.decode("ascii") if is_plain and not is_too_long else UNREADABLE]


def _as_answer(data: bytes) -> Answer | None:
    body, check = data[len(_ANSWER_HEAD) : -_CHECK_BYTES], data[-_CHECK_BYTES:]
    if not data.startswith(_ANSWER_HEAD) or len(data) < _ANSWER_BYTES or body[1] != 1 or _check(body) != check:
        return None
    return Answer(body[0] == 0, body[2])
