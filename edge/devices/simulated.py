"""The kiosk's devices without the hardware, driven by physics: a card is held up, a light is looked at.

They ship beside the real ones and are chosen by a setting. Nothing here knows what a card means or when it is
accepted.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from edge.devices.button import HeldSwitch
from edge.devices.pace import CameraClock, Pace
from edge.devices.scene import LIGHTS, VIEWS, Held, Scene, View
from edge.devices.script import Line, Progress, first_line, keep_progress, read_progress, read_script
from edge.errors import EdgeError
from edge.ports import Frame, Signal

MIN_FRAMES = 4
"""A child looks for the light at least so long."""
GAP_FRAMES = 2
"""Without a card between two children."""
QUEUE_GAP_FRAMES = 1
"""The same when the next child is waiting already."""
REPEAT_GAP_FRAMES = 5
"""Without a card before the same one is held up again: enough for a second hold."""


class ShownCamera:
    """A camera before which somebody holds cards up and takes them away."""

    def __init__(self, clock: CameraClock, frames_per_second: float = 15.0, scene: Scene | None = None) -> None:
        self._clock = clock
        self._pace = Pace(clock, frames_per_second)
        self._scene = scene or Scene()
        self._held: tuple[Held, ...] = ()
        self._light = VIEWS["good"]
        self._transmission: float | None = None
        self._is_open = True

    def show(self, text: str, view: str | View = "good") -> None:
        """Hold a card up, alone, until the next call; raise ValueError when no QR code holds the text."""
        self.show_all([Held(text, VIEWS[view] if isinstance(view, str) else view)])

    def show_all(self, held: Sequence[Held]) -> None:
        """Hold several cards up at once; the light is that of the first one's view."""
        self._held = tuple(held)
        self._light = held[0].view if held else self._light

    def clear(self) -> None:
        """Take all cards away; the light stays."""
        self._held = ()

    def light(self, name: str) -> None:
        """Let the light of that name fall on the yard; a card that is shown brings the light of its view."""
        self._light = LIGHTS[name]

    def cover(self, transmission: float | None) -> None:
        """Put something on the lens that lets so much of the light through; None takes it off."""
        self._transmission = transmission

    def next_frame(self) -> Frame | None:
        """Return the next frame when it is due, or None once closed."""
        self._pace.wait()
        return self._expose() if self._is_open else None

    def close(self) -> None:
        """Give no more frames."""
        self._is_open = False

    def _expose(self) -> Frame:
        captured_ticks = self._clock.boot_ticks()
        return Frame(self._scene.frame(self._held, self._light, self._transmission), captured_ticks)


class SceneCamera:
    """A camera that sees what a scene script says; a child stays until it was seen, so a slow machine skips none.

    `script` is a file of JSON lines {"at", "card", "view", "hold_seconds"}, times aware and in the clock's. With a
    `progress` file a restarted camera goes on where it was. Raises CameraError when script or progress file is wrong.
    """

    def __init__(
        self,
        script: Path,
        clock: CameraClock,
        frames_per_second: float = 15.0,
        *,
        progress: Path | None = None,
        seed: int = 0,
        min_frames: int = MIN_FRAMES,
    ) -> None:
        self._lines = read_script(script)
        self._clock = clock
        self._progress = progress
        self._seed = seed
        self._min_frames = min_frames
        self._next = first_line(self._lines, read_progress(progress), clock.now())
        self._shown_since: datetime | None = None
        self._frames_left = 0
        """Of the line that is shown, else of the gap."""
        self._camera = ShownCamera(clock, frames_per_second, Scene(seed))

    @property
    def is_finished(self) -> bool:
        """Tell whether every line was shown or passed."""
        return self._next >= len(self._lines)

    def next_frame(self) -> Frame | None:
        """Return the next frame when it is due, or None once closed."""
        now = self._clock.now()
        if self._shown_since is not None and self._is_seen(now):
            self._end(now)
        if self._shown_since is None and self._frames_left == 0 and self._is_next_due(now):
            self._begin(now)
        self._frames_left = max(0, self._frames_left - 1)
        return self._camera.next_frame()

    def close(self) -> None:
        """Give no more frames; a line that is shown counts as cut off."""
        self._camera.close()

    def _is_next_due(self, now: datetime) -> bool:
        return not self.is_finished and self._lines[self._next].at <= now

    def _is_seen(self, now: datetime) -> bool:
        assert self._shown_since is not None  # noqa: S101 -- for the type checker
        held_for = now - self._shown_since
        return self._frames_left == 0 and held_for >= timedelta(seconds=self._lines[self._next].hold_seconds)

    def _begin(self, now: datetime) -> None:
        line = self._lines[self._next]
        self._shown_since, self._frames_left = now, self._min_frames
        keep_progress(self._progress, Progress(self._next, now))
        if line.card is None:
            self._camera.clear()
        else:
            self._camera.show(line.card, self._view_of(line))

    def _view_of(self, line: Line) -> View:
        """Return the view with this child's own way to hold a card, the same after a restart."""
        return VIEWS[line.view].varied(np.random.default_rng((self._seed, self._next)))

    def _end(self, now: datetime) -> None:
        shown = self._lines[self._next]
        self._next += 1
        self._shown_since = None
        self._camera.clear()
        self._frames_left = self._gap_after(shown, now)
        keep_progress(self._progress, Progress(self._next))

    def _gap_after(self, shown: Line, now: datetime) -> int:
        if not self.is_finished and self._lines[self._next].card == shown.card:
            return REPEAT_GAP_FRAMES
        return QUEUE_GAP_FRAMES if self._is_next_due(now) else GAP_FRAMES


class RecordingIndicator:
    """A light that remembers what it showed, and writes each signal as a line {"at", "signal"} when given a path.

    `at` is the clock's time in ISO 8601, or null without a clock. Raises EdgeError at the start when the file cannot
    be written; a disk that fills later ends the record and not the kiosk.
    """

    def __init__(self, path: Path | None = None, clock: CameraClock | None = None) -> None:
        self.shown: list[Signal] = []
        self._path = path
        self._clock = clock
        self._is_open = True
        try:
            self._write("")
        except OSError as error:
            raise EdgeError(
                f"The indicator's record {path} cannot be written ({error.strerror}): name a writable file."
            ) from error

    def show(self, signal: Signal) -> None:
        """Show the signal until the next one."""
        if not self._is_open:
            return
        self.shown.append(signal)
        at = self._clock.now().isoformat() if self._clock else None
        with suppress(OSError):
            self._write(json.dumps({"at": at, "signal": signal.value}) + "\n")

    def _write(self, line: str) -> None:
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)

    def close(self) -> None:
        """Remember nothing more."""
        self._is_open = False


class SimulatedButton:
    """A button that a test, or nobody, holds down."""

    def __init__(self, ticks: Callable[[], int]) -> None:
        self._is_down, self._is_open = False, True
        self._switch = HeldSwitch(lambda: self._is_down, ticks)

    def press(self) -> None:
        """Press it and keep it down."""
        self._is_down = True

    def release(self) -> None:
        """Let it come up."""
        self._is_down = False

    def is_held(self) -> bool:
        """Tell whether it has been held for two seconds."""
        return self._is_open and self._switch.is_held()

    def close(self) -> None:
        """Be held no more."""
        self._is_open = False


class SimulatedBoard:
    """A board with a serial number of one's choice."""

    def __init__(self, serial: str) -> None:
        self._serial = serial

    @property
    def serial(self) -> str:
        """Return the serial number."""
        return self._serial
