"""`make run CAMERA=/dev/video0`: the front gate sees what a webcam here sees, and a card to hold up is drawn.

It only chooses and tries the camera; the kiosk opens it like any other.
"""

from contextlib import closing
from pathlib import Path

import segno

from edge.bootstrap import make_camera
from edge.errors import CameraError
from edge.settings import BrokerSettings, CameraSettings, Settings
from tests.simulation.programs import ProgramFailedError
from tests.simulation.script import Day
from wire.clock import make_clock

GATE = "front"
_TRIES = 6


def source_of(camera: str) -> str:
    """Return the setting for what was typed: a device, or a source as kiosks name it."""
    return f"v4l2:{Path(camera).absolute()}" if camera.startswith(("/", ".")) else camera


def look_through(source: str) -> None:
    """Try the camera before a school is set up for it; raise ProgramFailedError with a sentence."""
    try:
        camera = CameraSettings(source=source)
        settings = Settings("try-out", "IN", ".", "http://127.0.0.1", BrokerSettings("127.0.0.1", 1), camera)
        with closing(make_camera(settings, make_clock(None))) as opened:
            is_seeing = any(opened.next_frame() for _ in range(_TRIES))
    except CameraError as error:
        raise ProgramFailedError(str(error)) from error
    if not is_seeing:
        raise ProgramFailedError(f"The camera {source} gives no frames: check that it is plugged in.")


def draw_card(day: Day, path: Path) -> str:
    """Draw the QR code of a card that nobody has shown yet at the front gate; return what to do with it."""
    text = next(tap.text for tap in day.taps if tap.gate == GATE and tap.expected == "recorded")
    segno.make(text, error="q", micro=False).save(str(path), scale=12, border=4)
    return f"Hold a card before your camera: {path} is one, on a phone or on paper."
