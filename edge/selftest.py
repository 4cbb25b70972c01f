"""Does this kiosk work? Asked by a technician at the gate before the first child comes, and answered line by line.

It tries the real parts, one by one, and changes nothing but a mark in the outbox file that a commit went through.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import NamedTuple

from edge.bootstrap import make_outbox, make_scanner, make_source
from edge.devices.scene import Held, Scene
from edge.errors import CameraError, EdgeError, OutboxBusyError, OutboxError, ReaderError
from edge.ports import Camera, Frame, Reader
from edge.settings import Settings
from edge.uplink import greet
from wire.card import new_number
from wire.clock import Clock, make_clock
from wire.messages import ClockQuality

_CAMERA_TRIES = 30
_READER_TRIES = 10
_DECODER_FRAMES = 12


class Finding(NamedTuple):
    """What one try showed."""

    part: str
    is_ok: bool
    sentence: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Try each part in turn."""
    clock = make_clock(settings.clock.simulation)
    tries: tuple[tuple[str, Callable[[], str]], ...] = (
        ("reader" if settings.reader else "camera", lambda: _try_source(settings, clock)),
        ("decoder", lambda: _try_decoder(settings)),
        ("outbox", lambda: _try_outbox(settings, clock)),
        ("broker", lambda: _try_broker(settings)),
        ("clock", lambda: _try_clock(clock)),
    )
    for part, attempt in tries:
        try:
            yield Finding(part, is_ok=True, sentence=attempt())
        except EdgeError as error:
            yield Finding(part, is_ok=False, sentence=str(error))


def _try_source(settings: Settings, clock: Clock) -> str:
    with closing(make_source(settings, clock)) as source:
        return _try_reader(source) if isinstance(source, Reader) else _try_camera(source, settings)


def _try_reader(reader: Reader) -> str:
    for _ in range(_READER_TRIES):
        if reader.next_reading() is not None:
            return "answers and reads by itself."
    raise ReaderError("The reader does not answer: set it to USB serial (VCOM), or plug it in again.")


def _try_camera(camera: Camera, settings: Settings) -> str:
    for _ in range(_CAMERA_TRIES):
        frame = camera.next_frame()
        if frame is not None:
            height, width = frame.gray.shape
            return f"gives frames of {width} x {height}."
    raise CameraError(f"The camera {settings.camera.source} gives no frames: check that it is plugged in.")


def _try_decoder(settings: Settings) -> str:
    scene, number = Scene(), new_number()
    with closing(make_scanner(settings)) as scanner:
        for place in range(_DECODER_FRAMES):
            if scanner.scan(Frame(scene.frame((Held(number),)), place)) == [number]:
                return f"{settings.camera.decoder} reads a card."
    raise EdgeError(f"The decoder {settings.camera.decoder} does not read a card: install SalaGate again.")


def _try_outbox(settings: Settings, clock: Clock) -> str:
    try:
        with closing(make_outbox(settings, clock)) as outbox:
            if outbox.notes:
                raise OutboxError(" ".join(outbox.notes))
            outbox.prove()
            return f"commits; {outbox.pending} rows wait for a receipt."
    except OutboxBusyError:
        return "is in use by the running kiosk."


def _try_broker(settings: Settings) -> str:
    greet(settings.broker, f"{settings.kiosk_id}-selftest")
    return f"answers at {settings.broker.host}:{settings.broker.port}."


def _try_clock(clock: Clock) -> str:
    quality = clock.quality()
    if quality is ClockQuality.UNTRUSTED:
        raise EdgeError("The clock is not synchronised: connect the network and wait, or set up NTP.")
    return f"is synchronised ({quality.name}), off by at most {clock.error_ms()} ms."
