"""The one place that names a concrete camera, light, board or clock and plugs the kiosk together.

Nothing connects at import. What cannot be opened raises an EdgeError with its sentence before anything runs.
"""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from edge.checkin import Place
from edge.clock import KioskClock
from edge.devices.board import MachineBoard
from edge.devices.camera import FolderCamera
from edge.devices.simulated import RecordingIndicator, SceneCamera, SimulatedBoard
from edge.gatebook import GateBookKeeper
from edge.health import Heartbeats, Sight, Tally
from edge.kiosk import Kiosk, Parts
from edge.outbox import Outbox, open_outbox
from edge.ports import Board, Camera, Indicator
from edge.scanner import Bounds, DecoderProcess, HoldTracker, Scanner
from edge.settings import Settings
from edge.uplink import Pace, Uplink
from wire.clock import Clock, make_clock
from wire.messages import TICKS_PER_SECOND

Say = Callable[[str], None]


def make_kiosk(settings: Settings, say: Say) -> Kiosk:
    """Plug a kiosk together; `say` gets one sentence for each thing a person should hear of."""
    tally = Tally()

    def note_death(sentence: str) -> None:
        tally.decoder_deaths += 1
        say(sentence)

    scanner = make_scanner(settings, note_death)
    try:
        return _plug_together(settings, say, scanner, tally)
    except BaseException:
        scanner.close()
        raise


def _plug_together(settings: Settings, say: Say, scanner: Scanner, tally: Tally) -> Kiosk:
    clock = make_clock(settings.clock.simulation)
    camera = make_camera(settings, clock)
    indicator = make_indicator(settings, clock)
    outbox = make_outbox(settings, clock)
    for note in outbox.notes:
        say(note)
    kiosk_clock = KioskClock(clock)
    sight = Sight(outbox, kiosk_clock, settings.wire_lane, _break_ticks(settings))
    gate_books = GateBookKeeper(settings.collector_url, say)
    beats = Heartbeats(
        kiosk_id=settings.kiosk_id, outbox=outbox, clock=kiosk_clock, sight=sight, book=lambda: gate_books.view,
        tally=tally, folder=Path(settings.data_folder), version=_version(), speed=settings.clock_speed,
    )  # fmt: skip
    uplink = Uplink(
        kiosk_id=settings.kiosk_id, settings=settings.broker, outbox=outbox, clock=kiosk_clock, beats=beats,
        on_manifest=gate_books.announce, say=say, pace=Pace.of(settings.clock_speed),
    )  # fmt: skip
    judge = settings.judge
    place = Place(settings.wire_lane, round(judge.repeat_window_seconds * TICKS_PER_SECOND), judge.unknown_per_minute)
    return Kiosk(
        Parts(
            camera, scanner, HoldTracker(), indicator, outbox, kiosk_clock, gate_books, sight, tally, uplink, place, say
        )
    )


def make_scanner(settings: Settings, on_death: Say = lambda _: None) -> Scanner:
    """Start the decoder in a process of its own."""
    wanted = settings.camera
    return Scanner(DecoderProcess(wanted.decoder, wanted.decoder_limit_seconds, on_death), _bounds(settings))


def make_camera(settings: Settings, clock: Clock) -> Camera:
    """Open the camera that the settings name."""
    wanted = settings.camera
    if wanted.kind == "folder":
        return FolderCamera(wanted.path, clock, wanted.frames_per_second)
    progress = Path(wanted.progress) if wanted.progress else None
    return SceneCamera(wanted.path, clock, wanted.frames_per_second, progress=progress)


def make_indicator(settings: Settings, clock: Clock) -> Indicator:
    """Return the light; without GPIO it only remembers what it showed."""
    record = settings.indicator.record
    return RecordingIndicator(Path(record) if record else None, clock)


def make_board(settings: Settings) -> Board:
    """Return the board: the machine's own unless the settings give a serial number."""
    return SimulatedBoard(settings.board.serial) if settings.board else MachineBoard()


def make_outbox(settings: Settings, clock: Clock) -> Outbox:
    """Open the outbox of this board."""
    return open_outbox(settings.outbox_path, make_board(settings).serial, clock.now())


def _bounds(settings: Settings) -> Bounds:
    wanted = settings.picture
    return Bounds(wanted.least_brightness, wanted.most_brightness, wanted.least_contrast_percent)


def _break_ticks(settings: Settings) -> int:
    """Return real seconds as ticks of a clock that may run faster."""
    return round(settings.judge.sight_break_seconds * settings.clock_speed * TICKS_PER_SECOND)


def _version() -> str:
    try:
        return metadata.version("salagate")
    except metadata.PackageNotFoundError:
        return "0"
