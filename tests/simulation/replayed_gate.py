"""A kiosk before a folder of recorded frames, its loop turned by hand: no part of it is a fake but clock and light.

Time passes a little with each frame, so that a whole arrival window goes by in seconds and sight is never broken.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from edge.checkin import Place
from edge.clock import KioskClock
from edge.devices.camera import FolderCamera
from edge.devices.scene import Held, Scene
from edge.devices.simulated import RecordingIndicator
from edge.errors import OutboxError
from edge.gatebook import GateBookKeeper
from edge.health import Heartbeats, Sight, Tally
from edge.kiosk import Kiosk, Parts
from edge.outbox import open_outbox
from edge.ports import Signal
from edge.scanner import HoldTracker, Scanner
from edge.settings import BrokerSettings
from edge.uplink import Uplink
from tests.simulation.manual_clock import ManualClock
from wire.messages import TICKS_PER_SECOND, Lane

FRAME_SECONDS = 2.0
"""Clock seconds from one frame to the next; sight breaks after five."""
MEANWHILE_SECONDS = 6.0
_HELD_FRAMES = 3
_AS_FAST_AS_CAN_BE = 1e6


class Shown(NamedTuple):
    """A text held up in a QR code for some frames from a moment on."""

    at: datetime
    text: str


def record_frames(folder: Path, start: datetime, end: datetime, shown: Iterable[Shown]) -> None:
    """Write what a camera sees from start to end as one image file a frame, drawn by the scene renderer."""
    folder.mkdir()
    scene = Scene(seed=7)
    images = [_write(folder / f"yard-{number}.pgm.base", scene) for number in range(3)]
    frames = [images[number % len(images)] for number in range(round((end - start).total_seconds() / FRAME_SECONDS))]
    for number, one in enumerate(shown):
        held = _write(folder / f"card-{number}.pgm.base", scene, Held(one.text))
        first = round((one.at - start).total_seconds() / FRAME_SECONDS)
        frames[first : first + _HELD_FRAMES] = [held] * _HELD_FRAMES
    for number, image in enumerate(frames):
        (folder / f"{number:05}.pgm").hardlink_to(image)


def _write(path: Path, scene: Scene, *held: Held) -> Path:
    Image.fromarray(scene.frame(held)).save(path, "PPM")
    return path


class ReplayedGate:
    """A kiosk and all that is in it."""

    def __init__(self, kiosk_id: str, folder: Path, clock: ManualClock, broker_port: int, pages: str) -> None:
        self.clock, self.said = clock, list[str]()
        self.outbox = open_outbox(folder / "outbox.sqlite", "board-1", clock.now())
        self.books = GateBookKeeper(pages, self.said.append)
        self.light = RecordingIndicator()
        self.camera = FolderCamera(folder / "frames", clock, _AS_FAST_AS_CAN_BE)
        kiosk_clock, tally = KioskClock(clock), Tally()
        self.sight = Sight(self.outbox, kiosk_clock, Lane.IN, 5 * TICKS_PER_SECOND)
        beats = Heartbeats(
            kiosk_id=kiosk_id, outbox=self.outbox, clock=kiosk_clock, sight=self.sight, book=lambda: self.books.view,
            tally=tally, folder=folder, version="1",
        )  # fmt: skip
        self.uplink = Uplink(
            kiosk_id=kiosk_id, settings=BrokerSettings("127.0.0.1", broker_port, 0.5), outbox=self.outbox,
            clock=kiosk_clock, beats=beats, on_manifest=self.books.announce, say=self.said.append,
        )  # fmt: skip
        place = Place(Lane.IN, 30 * TICKS_PER_SECOND)
        self.kiosk = Kiosk(
            Parts(
                self.camera, Scanner(), HoldTracker(), self.light, self.outbox, kiosk_clock, self.books, self.sight,
                tally, self.uplink, place, self.said.append,
            )
        )  # fmt: skip

    def start(self) -> None:
        """Begin to connect and to fetch."""
        self.books.start()
        self.uplink.start()

    def replay(self, meanwhile: Callable[[], None]) -> None:
        """Look at all frames, doing something else every MEANWHILE_SECONDS."""
        while not self.camera.is_finished:
            for _ in range(round(MEANWHILE_SECONDS / FRAME_SECONDS)):
                self.clock.advance(FRAME_SECONDS)
                self.kiosk.look()
            meanwhile()

    def signals(self) -> list[Signal]:
        """Return what the light has said, but for its rest."""
        return [signal for signal in self.light.shown if signal is not Signal.IDLE]

    def close(self) -> None:
        """End as a kiosk that is told to stop."""
        self.camera.close()
        with suppress(OutboxError):
            self.sight.finish()
        self.uplink.stop()
        self.books.stop()
        self.outbox.close()
