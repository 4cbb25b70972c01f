"""Simulated devices driven by physics: children come by the script's time, and none is skipped by a slow machine."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import pytest

from edge.devices.scene import Held, View
from edge.devices.script import PATIENCE, read_progress
from edge.devices.simulated import MIN_FRAMES, RecordingIndicator, SceneCamera, ShownCamera, SimulatedBoard
from edge.errors import CameraError, EdgeError
from edge.ports import Board, Camera, Indicator, Signal
from edge.scanner import HoldTracker, Scanner
from tests.simulation.manual_clock import MONDAY_0640, ManualClock

FAST = 100_000.0
"""Frames a second: a test does not wait for them."""
CARDS = [f"S00000000000000{letter}" for letter in "ABCDEFGH"]

WriteScript = Callable[..., Path]


@pytest.fixture
def write_script(tmp_path: Path) -> WriteScript:
    def write(*lines: tuple[float, str | None], view: str = "good") -> Path:
        path = tmp_path / "scene.jsonl"
        rows = [
            {"at": (MONDAY_0640 + timedelta(seconds=at)).isoformat(), "card": card, "view": view, "hold_seconds": 2.0}
            for at, card in lines
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


def watch(camera: Camera, clock: ManualClock, frames: int, seconds_a_frame: float = 0.5) -> list[list[str]]:
    """Return what a scanner sees in each of the next frames."""
    scanner, seen = Scanner(), []
    for _ in range(frames):
        frame = camera.next_frame()
        assert frame is not None
        seen.append(scanner.scan(frame))
        clock.advance(seconds_a_frame)
    return seen


def runs(seen: list[list[str]]) -> list[tuple[str, int]]:
    """Return who was seen, one after the other, and in how many frames; empty frames are left out."""
    return [(texts[0], len(list(group))) for texts, group in groupby(seen) if texts]


def test_a_card_is_seen_from_when_it_is_shown_until_it_is_taken_away(clock: ManualClock) -> None:
    camera = ShownCamera(clock, FAST)
    assert watch(camera, clock, 2) == [[], []]

    camera.show(CARDS[0], "tilted")
    assert watch(camera, clock, 2) == [[CARDS[0]]] * 2
    camera.show_all([Held(CARDS[1], View(x_mm=-60)), Held(CARDS[2], View(x_mm=60))])
    assert [sorted(texts) for texts in watch(camera, clock, 1)] == [[CARDS[1], CARDS[2]]]
    camera.clear()
    assert watch(camera, clock, 1) == [[]]


def test_a_frame_carries_the_boot_clock_of_its_exposure(clock: ManualClock) -> None:
    camera = ShownCamera(clock, FAST)
    clock.advance(12.34)

    frame = camera.next_frame()

    assert frame is not None
    assert frame.captured_ticks == clock.boot_ticks()


def test_a_closed_camera_gives_no_frames(clock: ManualClock, write_script: WriteScript) -> None:
    for camera in (ShownCamera(clock, FAST), SceneCamera(write_script((0, CARDS[0])), clock, FAST)):
        camera.close()
        camera.close()
        assert camera.next_frame() is None


def test_children_come_when_the_script_says(clock: ManualClock, write_script: WriteScript) -> None:
    camera = SceneCamera(write_script((12, CARDS[1]), (3, CARDS[0])), clock, FAST)

    seen = watch(camera, clock, 40)

    first = [seen.index([card]) for card in CARDS[:2]]
    assert first == [6, 24]
    assert [card for card, _ in runs(seen)] == CARDS[:2]
    assert camera.is_finished


def test_a_slow_machine_sees_every_child_later(clock: ManualClock, write_script: WriteScript) -> None:
    camera = SceneCamera(write_script(*((second, CARDS[second]) for second in range(8))), clock, FAST)

    seen = watch(camera, clock, 60, seconds_a_frame=9)

    assert [card for card, _ in runs(seen)] == CARDS
    assert all(frames >= MIN_FRAMES for _, frames in runs(seen))


def test_a_card_is_held_for_its_seconds_however_fast_frames_come(clock: ManualClock, write_script: WriteScript) -> None:
    camera = SceneCamera(write_script((0, CARDS[0])), clock, FAST)

    assert runs(watch(camera, clock, 60, seconds_a_frame=0.1)) == [(CARDS[0], 20)]


def test_the_same_card_twice_is_two_holds(clock: ManualClock, write_script: WriteScript) -> None:
    camera, holds, scanner = (
        SceneCamera(write_script((0, CARDS[0]), (3, CARDS[0])), clock, FAST),
        HoldTracker(),
        Scanner(),
    )

    taps = []
    for _ in range(30):
        frame = camera.next_frame()
        assert frame is not None
        taps += holds.taps(scanner.scan(frame), frame.captured_ticks)
        clock.advance(1.33)

    assert taps == [CARDS[0]] * 2


def test_nobody_before_the_camera_is_nothing_seen(clock: ManualClock, write_script: WriteScript) -> None:
    camera = SceneCamera(write_script((0, None), (0, CARDS[0])), clock, FAST)

    assert watch(camera, clock, 12)[:4] == [[]] * 4


def test_who_passed_before_the_camera_ran_is_never_seen(clock: ManualClock, write_script: WriteScript) -> None:
    script = write_script((0, CARDS[0]), (18, CARDS[1]), (25, CARDS[2]))
    clock.advance(20)

    camera = SceneCamera(script, clock, FAST)

    assert [card for card, _ in runs(watch(camera, clock, 60))] == CARDS[1:3]


def test_a_killed_camera_shows_no_finished_child_again(
    clock: ManualClock, write_script: WriteScript, tmp_path: Path
) -> None:
    script, progress = write_script((0, CARDS[0]), (1, CARDS[1])), tmp_path / "camera.json"
    before = watch(SceneCamera(script, clock, FAST, progress=progress), clock, 5)
    assert [card for card, _ in runs(before)] == CARDS[:1]

    after = watch(SceneCamera(script, clock, FAST, progress=progress), clock, 20)

    assert [card for card, _ in runs(after)] == CARDS[1:2]


def test_a_child_cut_off_by_a_kill_holds_the_card_again(
    clock: ManualClock, write_script: WriteScript, tmp_path: Path
) -> None:
    script, progress = write_script((0, CARDS[0])), tmp_path / "camera.json"
    watch(SceneCamera(script, clock, FAST, progress=progress), clock, 2)
    clock.advance(20)

    after = watch(SceneCamera(script, clock, FAST, progress=progress), clock, 20)

    assert [card for card, _ in runs(after)] == CARDS[:1]


def test_a_child_does_not_wait_for_ever(clock: ManualClock, write_script: WriteScript, tmp_path: Path) -> None:
    script, progress = write_script((0, CARDS[0])), tmp_path / "camera.json"
    watch(SceneCamera(script, clock, FAST, progress=progress), clock, 2)
    clock.advance(PATIENCE.total_seconds() + 1)

    assert runs(watch(SceneCamera(script, clock, FAST, progress=progress), clock, 20)) == []


def test_a_torn_progress_file_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "camera.json").write_text('{"finished_li', encoding="utf-8")

    assert read_progress(tmp_path / "camera.json") == read_progress(None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2"),
        ('{"at": "2025-01-05T23:40:00", "card": null}', "line 2"),
        ('{"at": "2025-01-05T23:40:00Z", "card": null, "hold": 2}', "hold"),
        ('{"at": "2025-01-05T23:40:00Z", "card": ""}', "line 2"),
        ('{"at": "2025-01-05T23:40:00Z", "card": null, "view": "blind"}', "one of good, tilted"),
    ],
)
def test_a_wrong_line_is_named_in_a_sentence(line: str, said: str, clock: ManualClock, tmp_path: Path) -> None:
    script = tmp_path / "scene.jsonl"
    script.write_text('{"at": "2025-01-05T23:40:00Z", "card": null}\n' + line, encoding="utf-8")

    with pytest.raises(CameraError, match=said):
        SceneCamera(script, clock, FAST)


def test_a_missing_script_is_named_in_a_sentence(clock: ManualClock, tmp_path: Path) -> None:
    with pytest.raises(CameraError, match=r"nowhere\.jsonl cannot be read"):
        SceneCamera(tmp_path / "nowhere.jsonl", clock, FAST)


def test_a_progress_file_that_cannot_be_written_is_named_in_a_sentence(
    clock: ManualClock, write_script: WriteScript, tmp_path: Path
) -> None:
    camera = SceneCamera(write_script((0, CARDS[0])), clock, FAST, progress=tmp_path / "no" / "camera.json")

    with pytest.raises(CameraError, match="cannot be written"):
        camera.next_frame()


def test_an_indicator_remembers_what_it_showed(clock: ManualClock, tmp_path: Path) -> None:
    path = tmp_path / "light.jsonl"
    indicator: Indicator = RecordingIndicator(path, clock)

    indicator.show(Signal.ACCEPTED)
    clock.advance(1)
    indicator.show(Signal.IDLE)

    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == [
        {"at": MONDAY_0640.isoformat(), "signal": "accepted"},
        {"at": (MONDAY_0640 + timedelta(seconds=1)).isoformat(), "signal": "idle"},
    ]
    assert isinstance(indicator, RecordingIndicator)
    assert indicator.shown == [Signal.ACCEPTED, Signal.IDLE]


def test_an_indicator_without_a_file_only_remembers() -> None:
    indicator = RecordingIndicator()
    indicator.show(Signal.REPEATED)

    assert indicator.shown == [Signal.REPEATED]


def test_a_record_that_cannot_be_written_is_named_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match=r"record .* cannot be written"):
        RecordingIndicator(tmp_path / "no" / "light.jsonl").show(Signal.IDLE)


def test_a_board_has_the_serial_it_was_given() -> None:
    board: Board = SimulatedBoard("10000000abcdef01")

    assert board.serial == "10000000abcdef01"
