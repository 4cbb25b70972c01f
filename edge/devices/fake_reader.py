"""A GM65-class reader without the hardware: a pseudo-terminal behind which somebody holds cards up and pulls plugs.

It answers the commands of `edge.devices.gm65` and sends what a real one would send, and nothing while it waits for a
button, hangs or is unplugged. Its `path` is a link like those in /dev/serial/by-id, gone while it is unplugged.
"""

import os
import pty
import threading
import tty
from contextlib import suppress
from pathlib import Path

from edge.devices import gm65

_COMMAND_BYTES = 9
_WRITE = 0x08


class FakeReader:
    """A reader on a desk, plugged in; `path` is where its link appears."""

    def __init__(self, path: Path, mode: int = 0xD6) -> None:
        self.path = path
        self.zones = {gm65.MODE_ZONE: mode, gm65.SETUP_CODE_ZONE: 0x01}
        self.is_hung = False
        self._lock = threading.Lock()
        self._cable: int | None = None
        self.plug_in()

    def plug_in(self) -> None:
        """Give it power and a line; its settings are those it was saved with."""
        cable, line = pty.openpty()
        tty.setraw(line)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(line))
        with self._lock:
            self._cable, self._line = cable, line
        threading.Thread(target=self._serve, args=(cable,), daemon=True).start()

    def unplug(self) -> None:
        """Pull its plug, if it is in."""
        self.path.unlink(missing_ok=True)
        with self._lock:
            cable, self._cable = self._cable, None
            if cable is not None:
                os.close(self._line)
                os.close(cable)

    def hold_up(self, text: str, end: bytes = b"\r\n") -> None:
        """Hold a QR code before it; it is read only by a reader that waits for nothing."""
        if gm65.reads_by_itself(self.zones[gm65.MODE_ZONE]):
            self.send(text.encode() + end)

    def show_setup_code(self, mode: int) -> None:
        """Hold a QR code before it that would change how it works."""
        if self.zones[gm65.SETUP_CODE_ZONE] != gm65.NO_SETUP_CODES:
            self.zones[gm65.MODE_ZONE] = mode

    def send(self, data: bytes) -> None:
        """Put bytes on the line as a reader does that does not hang."""
        if not self.is_hung:
            self.say(data)

    def say(self, data: bytes) -> None:
        """Put bytes on the line, be they the reader's or noise."""
        with self._lock, suppress(OSError):
            if self._cable is not None:
                os.write(self._cable, data)

    def _serve(self, cable: int) -> None:
        heard = b""
        with suppress(OSError):
            while data := os.read(cable, 4096):
                heard += data
                while len(heard) >= _COMMAND_BYTES:
                    self._obey(heard[:_COMMAND_BYTES])
                    heard = heard[_COMMAND_BYTES:]

    def _obey(self, command: bytes) -> None:
        zone, value = int.from_bytes(command[4:6], "big"), command[6]
        if command[2] == _WRITE:
            self.zones[zone] = value
            self.send(gm65.success(0))
        else:
            self.send(gm65.success(self.zones[zone]))
