"""Everything that can end or hinder the kiosk, so that each ends in one sentence that says what to do.

    EdgeError
    ├── SettingsError         the settings file is not what it must be (exit status 2)
    ├── BoardError            the computer does not tell its serial number
    ├── CameraError           no camera, or it gives no frames
    │   └── CameraStalledError  it gave frames and stopped: only a new process opens it again (exit status 70)
    ├── ReaderError           no reader at the path that was named
    ├── IndicatorError        the pins of the lights cannot be had
    ├── ButtonError           the pin of the shutdown button cannot be had
    ├── DecoderError          what a frame shows is not known: the decoder hung or died, and is started again
    ├── BrokerError           the broker cannot be reached or refuses
    ├── GateBookError         a gate book could not be fetched or is not what its manifest says
    └── OutboxError           the outbox cannot be opened, read or written
        ├── OutboxBusyError   another process works with it
        ├── StorageFullError  the disk is full; nothing was stored, no seq was used
        └── DamagedRowsError  stored rows are not what was stored, and no wire can carry them

A refused tap is no error: it is a `Refusal` (edge.checkin).
"""


class EdgeError(Exception):
    """Something a person must hear of; its text is one sentence that says what is wrong, where, and what to do."""

    exit_status = 1


class SettingsError(EdgeError, ValueError):
    """The settings file is missing or wrong."""

    exit_status = 2


class BoardError(EdgeError, LookupError):
    """The computer does not tell its serial number."""


class CameraError(EdgeError, OSError):
    """The camera is not there or gives no frames."""


class IndicatorError(EdgeError, OSError):
    """The pins of lights and buzzer cannot be had."""


class ButtonError(EdgeError, OSError):
    """The pin of the shutdown button cannot be had."""


class DecoderError(EdgeError, RuntimeError):
    """What a frame shows is not known: the decoder hung or died, and is started again."""


class CameraStalledError(CameraError):
    """The camera gave frames and stopped; asking it again would leak a buffer each time, so the process must end."""

    exit_status = 70


class ReaderError(EdgeError, OSError):
    """The reader is not there or does not answer."""


class BrokerError(EdgeError, ConnectionError):
    """The broker cannot be reached or refuses."""


class GateBookError(EdgeError):
    """A gate book could not be fetched or is not what its manifest says."""


class OutboxError(EdgeError, OSError):
    """The outbox cannot be opened, read or written."""


class OutboxBusyError(OutboxError):
    """Another process works with the outbox."""


class StorageFullError(OutboxError):
    """The disk is full; nothing was stored and no seq was used."""


class DamagedRowsError(OutboxError):
    """Among rows `first` to `last` of an outbox are some that are not what was stored, and no wire can carry them."""

    def __init__(self, outbox_id: bytes, first: int, last: int) -> None:
        super().__init__(f"Rows {first} to {last} of outbox {outbox_id.hex()[:8]} cannot be sent: tell the technician.")
        self.outbox_id, self.first, self.last = outbox_id, first, last
