"""The computer's own serial number, to which an outbox is bound: a card moved to another board shows at once."""

from pathlib import Path

from edge.errors import BoardError

SERIAL_FILES = (Path("/proc/device-tree/serial-number"), Path("/etc/machine-id"))
"""A Raspberry Pi's own, else that of the installation."""


class MachineBoard:
    """The board this program runs on."""

    def __init__(self, files: tuple[Path, ...] = SERIAL_FILES) -> None:
        self._files = files

    @property
    def serial(self) -> str:
        """Return the serial number; raise BoardError when the machine tells none."""
        for path in self._files:
            try:
                text = path.read_text(encoding="ascii", errors="replace").strip("\0 \n")
            except OSError:
                continue
            if text:
                return text
        raise BoardError("This computer tells no serial number: write one as [board] serial in the settings file.")
