"""A GM65-class reader on USB: a second kind of source, which sees a card and sends its text.

It is a serial line (USB-VCOM) that may vanish at any moment and come back. That it could have read a card is known
only because it answers: it is asked every two seconds how it works, and is set right when it would wait for a button.
What a text means is not known here, and none is kept.
"""

import os
import select
import termios
import time
import tty
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge.devices import gm65
from edge.devices.pace import CameraClock
from edge.errors import ReaderError
from edge.ports import Reading

QUERY_SECONDS = 2.0
WAIT_SECONDS = 0.5
"""How long one call waits for a word of the reader."""
_READ_BYTES = 4096
_SPEED = termios.B9600
"""A UART's; a USB-VCOM does not mind."""
_CONTROL, _INPUT_SPEED, _OUTPUT_SPEED = 2, 4, 5


class SerialReader:
    """A reader on a serial device, named best as /dev/serial/by-id/....

    `say` gets one sentence when the reader goes, comes back or was set right. Raises ReaderError when it is not
    there at the start.
    """

    def __init__(
        self, path: Path, clock: CameraClock, say: Callable[[str], None] = lambda _: None,
        query_seconds: float = QUERY_SECONDS, wait_seconds: float = WAIT_SECONDS,
    ) -> None:  # fmt: skip
        self._path, self._clock, self._say = path, clock, say
        self._query_seconds, self._wait_seconds = query_seconds, wait_seconds
        self._is_closed = False
        self._file: int | None = None
        self._ready: deque[Reading] = deque()
        try:
            self._open()
        except (OSError, termios.error) as error:
            raise ReaderError(
                f"There is no reader at {path} ({_reason(error)}): plug it in, set it to USB serial (VCOM), and name "
                "it as reader.path."
            ) from error

    def next_reading(self) -> Reading | None:
        """Return what the reader said next, or None when it said nothing for half a second or is unplugged."""
        if not self._ready and not self._is_closed:
            self._listen()
        return self._ready.popleft() if self._ready else None

    def close(self) -> None:
        """Give the line back. May be called twice."""
        self._is_closed = True
        self._ready.clear()
        self._hang_up()

    def _listen(self) -> None:
        try:
            if self._file is None:
                self._come_back()
            else:
                self._exchange(self._file)
        except (OSError, termios.error) as error:
            if self._file is not None:
                self._hang_up()
                self._say(f"The reader at {self._path} is gone ({_reason(error)}): plug it in again.")
            self._clock.wait_real(self._wait_seconds)

    def _come_back(self) -> None:
        self._open()
        self._say(f"The reader at {self._path} is back.")

    def _open(self) -> None:
        file = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            tty.setraw(file)
            attributes = termios.tcgetattr(file)
            attributes[_CONTROL] |= termios.CLOCAL | termios.CREAD
            attributes[_INPUT_SPEED] = attributes[_OUTPUT_SPEED] = _SPEED
            termios.tcsetattr(file, termios.TCSANOW, attributes)
            termios.tcflush(file, termios.TCIOFLUSH)
        except termios.error:
            os.close(file)
            raise
        self._file, self._stream = file, gm65.Stream()
        self._commands = deque([gm65.refuse_setup_codes()])
        self._asked: tuple[bytes, int] | None = None
        """The command that is to be answered, and the boot clock at which it was sent."""
        self._ask_at = 0.0

    def _exchange(self, file: int) -> None:
        """Ask when it is time, then take what comes."""
        now = time.monotonic()
        if now >= self._ask_at:
            command = self._commands.popleft() if self._commands else gm65.query_mode()
            self._asked = command, self._clock.boot_ticks()
            os.write(file, command)
            self._ask_at = now + self._query_seconds
        until_question = max(0.0, self._ask_at - now)
        if not select.select([file], [], [], min(self._wait_seconds, until_question))[0]:
            return
        data = os.read(file, _READ_BYTES)
        if not data:
            raise OSError("it hung up")
        for heard in self._stream.feed(data):
            if isinstance(heard, gm65.Answer):
                self._answered(heard)
            else:
                self._ready.append(Reading((heard,), self._clock.boot_ticks()))

    def _answered(self, answer: gm65.Answer) -> None:
        """Take an answer: a reader that reads by itself could have read a card when it was asked."""
        if self._asked is None:
            return
        (command, asked_ticks), self._asked = self._asked, None
        if command != gm65.query_mode():
            self._ask_at = 0.0
        elif answer.is_ok and gm65.reads_by_itself(answer.value):
            self._ready.append(Reading((), asked_ticks))
        elif answer.is_ok:
            self._say(f"The reader at {self._path} waited for a button: it was set to read by itself.")
            self._commands.append(gm65.read_by_itself(answer.value))
            self._ask_at = 0.0

    def _hang_up(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                os.close(file)


def _reason(error: OSError | termios.error) -> str:
    """Return what the system says, whichever way it says it."""
    return str(error.args[-1] if error.args else error)
