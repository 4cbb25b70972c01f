"""What happens before a simulated camera and when, and how much of it has happened: a file to read, a file to keep.

The scene script is written by whoever simulates a morning; the progress file is written by the camera, so that a
kiosk that is killed and comes back finds the same children at the gate. Neither knows what a frame is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from edge.devices.optics import VIEWS
from edge.errors import CameraError

GRACE = timedelta(seconds=5)
"""Simulated time by which a child may have come before the camera started and still be there."""
PATIENCE = timedelta(seconds=60)
"""Simulated time for which a child whose hold was cut off waits for the kiosk to come back."""

Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One child before the camera."""

    at: Aware
    card: Annotated[str, msgspec.Meta(min_length=1, max_length=500)] | None
    """Text of the card's QR code; None when nobody holds one up."""
    view: str = "good"
    """A name in `edge.devices.scene.VIEWS`."""
    hold_seconds: Annotated[float, msgspec.Meta(ge=0)] = 2.0


class Progress(msgspec.Struct, frozen=True):
    """How far a script was played."""

    finished_lines: int = 0
    begun_at: Aware | None = None
    """Since when the line after them is shown, if it is."""


def read_script(path: Path) -> tuple[Line, ...]:
    """Return the script's lines in the order of their time; raise CameraError with one sentence when it is wrong."""
    try:
        texts = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CameraError(f"The scene script {path} cannot be read: name a file of JSON lines as source.") from error
    lines = [_read_line(text, f"{path}, line {number}") for number, text in enumerate(texts, 1) if text.strip()]
    return tuple(sorted(lines, key=lambda line: line.at))


def _read_line(text: str, place: str) -> Line:
    try:
        line = msgspec.json.decode(text, type=Line)
    except msgspec.DecodeError as error:
        raise CameraError(f"The scene script is wrong at {place}: {error}. Correct the line.") from error
    if line.view not in VIEWS:
        raise CameraError(f"The scene script is wrong at {place}: the view must be one of {', '.join(VIEWS)}.")
    return line


def first_line(lines: Sequence[Line], progress: Progress, now: datetime) -> int:
    """Return the index of the first line that is still to be shown by a camera that starts now.

    Lines that were finished are never shown again. One that was cut off is, while its child is patient. Of the
    others, a child who came longer ago has passed an unsighted gate.
    """
    next_index = min(progress.finished_lines, len(lines))
    if progress.begun_at is not None and now - progress.begun_at <= PATIENCE:
        return next_index
    while next_index < len(lines) and lines[next_index].at < now - GRACE:
        next_index += 1
    return next_index


def read_progress(path: Path | None) -> Progress:
    """Return what was kept; nothing when there is no file yet or it is torn."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Progress) if path else Progress()
    except (OSError, msgspec.DecodeError):
        return Progress()


def keep_progress(path: Path | None, progress: Progress) -> None:
    """Keep how far the script was played, whole or not at all; raise CameraError when the file cannot be written."""
    if path is None:
        return
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_bytes(msgspec.json.encode(progress))
        new.replace(path)
    except OSError as error:
        raise CameraError(
            f"The camera's progress file {path} cannot be written ({error.strerror}): name a file in a writable folder."
        ) from error
