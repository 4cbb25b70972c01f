"""The one place that names a concrete camera, light, board or clock and plugs the kiosk together.

Nothing connects at import. What cannot be opened raises an EdgeError with its sentence before anything runs.
"""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from edge.checkin import Place
from edge.clock import KioskClock
from edge.devices.board import MachineBoard
from edge.devices.button import PinButton
from edge.devices.camera import FolderCamera
from edge.devices.lights import Lights, go_dark
from edge.devices.picamera import PiCamera, PiOptions
from edge.devices.reader import SerialReader
from edge.devices.simulated import RecordingIndicator, SceneCamera, SimulatedBoard
from edge.devices.webcam import VideoCamera, WebCamera
from edge.gatebook import GateBookKeeper
from edge.health import Heartbeats, Sight, Tally
from edge.kiosk import Kiosk, Parts
from edge.outbox import Outbox, open_outbox
from edge.ports import Board, Camera, Indicator, Reader, ShutdownButton
from edge.scanner import Bounds, DecoderProcess, HoldTracker, Scanner
from edge.settings import Settings
from edge.uplink import Pace, Uplink
from edge.watchdog import Watchdog
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
    camera = make_source(settings, clock, say)
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
    indicator, button = make_indicator(settings, clock), make_button(settings, clock)
    return Kiosk(
        Parts(
            camera, scanner, make_holds(settings), indicator, outbox, kiosk_clock, gate_books, sight, tally, uplink,
            place, say, button, Watchdog(outbox.prove),
        )
    )  # fmt: skip


def make_scanner(settings: Settings, on_death: Say = lambda _: None) -> Scanner:
    """Start the decoder in a process of its own."""
    wanted = settings.camera
    return Scanner(DecoderProcess(wanted.decoder, wanted.decoder_limit_seconds, on_death), _bounds(settings))


def make_source(settings: Settings, clock: Clock, say: Say = lambda _: None) -> Camera | Reader:
    """Open the reader that the settings name, else the camera."""
    return SerialReader(Path(settings.reader.path), clock, say) if settings.reader else make_camera(settings, clock)


def make_holds(settings: Settings) -> HoldTracker:
    """Return what makes one tap of a hold; a reader says a card again each second, and a camera in each frame."""
    return HoldTracker(2 * TICKS_PER_SECOND, 1) if settings.reader else HoldTracker()


def make_camera(settings: Settings, clock: Clock) -> Camera:
    """Open the camera that the settings name."""
    wanted = settings.camera
    if wanted.kind == "picamera2":
        return PiCamera(clock, PiOptions(wanted.frames_per_second, wanted.exposure_us, wanted.lens_position))
    makers: dict[str, Callable[[Path, Clock, float], Camera]] = {
        "v4l2": WebCamera,
        "video": VideoCamera,
        "folder": FolderCamera,
    }
    if wanted.kind in makers:
        return makers[wanted.kind](wanted.path, clock, wanted.frames_per_second)
    progress = Path(wanted.progress) if wanted.progress else None
    return SceneCamera(wanted.path, clock, wanted.frames_per_second, progress=progress)


def make_indicator(settings: Settings, clock: Clock) -> Indicator:
    """Open the lights; without pins they only remember what they showed."""
    if settings.indicator.kind == "gpio":
        return Lights(clock)
    record = settings.indicator.record
    return RecordingIndicator(Path(record) if record else None, clock)


def darken(settings: Settings) -> None:
    """Drive the lamps' pins low: what a kiosk that crashed left on."""
    if settings.indicator.kind == "gpio":
        go_dark()


def make_button(settings: Settings, clock: Clock) -> ShutdownButton | None:
    """Open the shutdown button when there is one."""
    return PinButton(clock.boot_ticks) if settings.button.kind == "gpio" else None


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
