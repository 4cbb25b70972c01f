"""A decoder that hangs or dies is lost for a moment, and nothing else is: no kiosk, no process, no memory."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.devices.scene import VIEWS, Held, Scene
from edge.errors import DecoderError, EdgeError
from edge.ports import Frame
from edge.scanner import DecoderProcess, Scanner
from edge.scanner.brittle import ABORTS, BRITTLE, HANGS
from edge.scanner.motion import HOLD_FRAMES, STILL_LOOK_EVERY
from edge.scanner.packets import MOST_TEXTS, PACKET_BYTES, answer, answered

CARD, OTHER = "S0123456789ABCDE", "SZYXWVTSRQPNMKJH"
LIMIT_SECONDS = 0.5
PATIENCE_SECONDS = 10.0

Plane = NDArray[np.uint8]


class Deaths(list[str]):
    """The sentences said, one for each death."""


@pytest.fixture
def deaths() -> Deaths:
    return Deaths()


@pytest.fixture
def look(deaths: Deaths) -> Iterator[DecoderProcess]:
    process = DecoderProcess(BRITTLE, LIMIT_SECONDS, deaths.append)
    yield process
    process.close()


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(seed=7)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Look until it is so; fail when it never is."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end
        Event().wait(0.01)


def reads(scan: Callable[[Plane], list[str]], scene: Scene) -> list[str]:
    """Return what is read of a card that is held up until there is an answer."""
    texts: list[list[str]] = []

    def is_answered() -> bool:
        try:
            texts.append(scan(scene.frame([Held(CARD)])))
        except DecoderError:
            return False
        return True

    wait_until(is_answered)
    return texts[0]


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("name", VIEWS)
def test_it_reads_what_a_decoder_beside_it_reads(name: str, look: DecoderProcess, scene: Scene) -> None:
    frames = [Frame(scene.frame([Held(CARD, VIEWS[name])] * (place < 6)), 7 * place) for place in range(12)]
    here, there = Scanner(), Scanner(look)

    texts = [there.scan(frame) for frame in frames]

    assert texts == [here.scan(frame) for frame in frames]
    assert [CARD] in texts


def test_frames_of_any_size_and_strides_pass_through_the_slot(look: DecoderProcess, scene: Scene) -> None:
    frame = scene.frame([Held(CARD)])
    padded = np.full((1080, 2048), 90, np.uint8)
    padded[100:820, 200:1480] = frame

    assert look(frame[::-1], 0) == [CARD]
    assert look(padded[:, :1920], 0) == [CARD]
    assert look(frame[200:, 300:900], 0) == [CARD]
    assert look(np.ascontiguousarray(frame.T).T, 0) == [CARD]


@pytest.mark.parametrize(("text", "says"), [(HANGS, "gave no answer for 0.5 s"), (ABORTS, "ended by itself (SIGABRT)")])
def test_a_crafted_image_costs_one_process_and_the_next_one_reads(
    text: str, says: str, look: DecoderProcess, deaths: Deaths, scene: Scene
) -> None:
    first = look.pid
    began = time.monotonic()
    with pytest.raises(DecoderError):
        look(scene.frame([Held(text)]), 0)

    assert time.monotonic() - began < LIMIT_SECONDS + 1
    assert reads(lambda plane: look(plane, 0), scene) == [CARD]
    assert len(deaths) == 1
    assert says in deaths[0]
    assert first is not None
    assert look.pid != first
    assert not Path(f"/proc/{first}").exists()


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_a_process_that_is_stopped_or_killed_from_outside_is_replaced(
    number: signal.Signals, look: DecoderProcess, deaths: Deaths, scene: Scene
) -> None:
    assert look.pid is not None
    os.kill(look.pid, number)

    assert reads(lambda plane: look(plane, 0), scene) == [CARD]
    assert len(deaths) == 1


def test_the_frame_that_ended_the_decoder_is_not_shown_to_it_again(
    look: DecoderProcess, deaths: Deaths, scene: Scene
) -> None:
    lethal = scene.frame([Held(ABORTS)])
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        with pytest.raises(DecoderError):
            look(lethal.copy(), 0)

    assert len(deaths) == 1
    assert reads(lambda plane: look(plane, 0), scene) == [CARD]


def test_a_decoder_that_dies_again_and_again_is_started_ever_more_seldom(
    look: DecoderProcess, deaths: Deaths, scene: Scene
) -> None:
    end = time.monotonic() + 3
    while time.monotonic() < end:
        with pytest.raises(DecoderError):
            look(scene.frame([Held(ABORTS)]), 0)

    assert 2 <= len(deaths) <= 4


def test_while_it_starts_again_nobody_waits_for_it(look: DecoderProcess, scene: Scene) -> None:
    with pytest.raises(DecoderError):
        look(scene.frame([Held(ABORTS)]), 0)

    began = time.monotonic()
    with pytest.raises(DecoderError, match="being started again"):
        look(scene.frame(), 0)
    assert time.monotonic() - began < 0.1


def test_what_a_frame_showed_is_asked_again_when_the_decoder_is_back(look: DecoderProcess, scene: Scene) -> None:
    scanner = Scanner(look)

    def scan(plane: Plane) -> list[str]:
        return scanner.scan(Frame(plane, 0))

    def scan_some() -> None:
        for _ in range(STILL_LOOK_EVERY):
            scan(scene.frame())

    while scan(scene.frame()) == [] and scanner._active_frames:
        pass
    assert look.pid is not None
    os.kill(look.pid, signal.SIGKILL)
    with pytest.raises(DecoderError):
        scan_some()
    with pytest.raises(DecoderError):
        scan(scene.frame())

    assert reads(scan, scene) == [CARD]


def test_nothing_is_left_of_it(scene: Scene, deaths: Deaths) -> None:
    def holdings() -> tuple[set[str], set[str]]:
        mine = Path(f"/proc/{os.getpid()}")
        children = {pid for task in (mine / "task").iterdir() for pid in (task / "children").read_text().split()}
        return children, set(os.listdir("/dev/shm"))  # noqa: PTH208, S108  # names only

    before, descriptors = holdings(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names only
    process = DecoderProcess(BRITTLE, LIMIT_SECONDS, deaths.append)
    for text in (CARD, ABORTS, HANGS):
        for _ in range(3):
            try:
                process(scene.frame([Held(text)]), 0)
            except DecoderError:
                continue
    process.close()
    process.close()

    assert holdings() == before
    assert len(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208  # names only


ORPHANS = """
import sys
from edge.devices.scene import Held, Scene
from edge.scanner import DecoderProcess
process = DecoderProcess("brittle", 60.0)
print(process.pid, flush=True)
process(Scene().frame([Held(sys.argv[1])]), 0)
print("read", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("text", [CARD, HANGS])
def test_no_process_outlives_a_kiosk_that_is_killed(text: str) -> None:
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANS, text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as kiosk:  # fmt: skip
        assert kiosk.stdout is not None
        decoder = int(kiosk.stdout.readline())
        if text == HANGS:
            wait_until(lambda: cpu_ticks(decoder) > 60)
        else:
            kiosk.stdout.readline()
        assert is_alive(decoder)
        kiosk.kill()
        kiosk.wait()

    wait_until(lambda: not is_alive(decoder))


def cpu_ticks(pid: int) -> int:
    """Return how long a process has computed, in hundredths of a second."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11])


def test_signals_to_the_whole_program_leave_the_decoder_to_the_kiosk(look: DecoderProcess, scene: Scene) -> None:
    first = look.pid
    assert first is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(first, number)

    assert look(scene.frame([Held(CARD)]), 0) == [CARD]
    assert look.pid == first


def test_a_decoder_that_dies_leaves_no_image_of_its_memory(look: DecoderProcess) -> None:
    limits = Path(f"/proc/{look.pid}/limits").read_text(encoding="ascii")

    (line,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]


def test_a_decoder_that_is_not_there_is_said_before_anything_runs() -> None:
    with pytest.raises(EdgeError, match="There is no decoder 'laser'"):
        DecoderProcess("laser")


class CountingLook:
    """Sees nothing and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[int | None] = []

    def __call__(self, gray: Plane, active_frame: int | None) -> list[str]:
        self.asked.append(active_frame)
        return []

    def close(self) -> None:
        return


def test_a_still_frame_is_not_sent_to_another_process(scene: Scene) -> None:
    look = CountingLook()
    scanner = Scanner(look)
    for _ in range(HOLD_FRAMES + 4 * STILL_LOOK_EVERY):
        scanner.scan(Frame(scene.frame(), 0))

    assert look.asked == [*range(HOLD_FRAMES), None, None, None, None]


@given(st.lists(st.text(max_size=600), max_size=40))
def test_an_answer_holds_the_texts_as_far_as_a_card_may_reach(texts: list[str]) -> None:
    packet = answer(texts)

    assert len(packet) < PACKET_BYTES
    assert answered(packet) == [text[:500] for text in texts[:MOST_TEXTS]]


@pytest.mark.parametrize("packet", [None, b"", b"R", b"T", b"T{}", b"T[1]", b'T["a"', b'F["a"]', b"\xff\x00"])
def test_what_a_broken_decoder_says_is_no_answer(packet: bytes | None) -> None:
    assert answered(packet) is None
