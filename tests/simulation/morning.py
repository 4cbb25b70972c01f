"""`make run`: a morning at a school in Prey Veng, twenty times faster, with everything real but scene and phone.

It is always Monday 06:40 there. The back gate loses its network before the cutoff and gets it back after it; a girl
who slipped in without tapping is put right by her teacher. At the end the day is held against its script.
"""

import argparse
import fcntl
import math
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import FrameType

from tests.simulation import own_camera
from tests.simulation.programs import ProgramFailedError
from tests.simulation.register import check_ins_on_disk
from tests.simulation.rehearsal import OPERATOR, TEACHER, WANTED_PORT, Rehearsal
from tests.simulation.report import Witness, line, report, table
from tests.simulation.script import AFTERNOON, CUTOFF, GATE_CUT, GATE_HEALED, START, ZONE, Day, Tap, is_late, seen

FOLDER = Path("build/morning")
_LOCK = FOLDER.with_suffix(".lock")
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and a terminal that is closed."""
_WARM_UP_SHARE = 0.6
_LEAST_WARM_UP = timedelta(seconds=8)
"""Real time for the programs to come up before 06:40: more on a machine that was slow to set the school up."""
_SETTLE = timedelta(seconds=60)
"""Simulated time left at the end for what was tapped last."""
WHOLE_DAY = timedelta(seconds=110)
"""Real time from 06:40 until both shifts are over and settled."""
MIN_SECONDS, MAX_SECONDS = 10, 86_400
_TICK_SECONDS = 0.1


class Morning:
    """What happens when, and what is seen of it from outside."""

    def __init__(self, rehearsal: Rehearsal, day: Day) -> None:
        self._rehearsal, self._day = rehearsal, day
        self._undecided_at_cutoff: int | None = None
        self._decided_in_silence = 0
        self._is_put_right = False
        self._due = sorted(
            [
                (START, self._open),
                (START + AFTERNOON, self._resume),
                (GATE_CUT, self._cut),
                (CUTOFF + timedelta(seconds=20), self._count_at_cutoff),
                (GATE_HEALED, self._heal),
            ],
            key=lambda entry: entry[0],
        )

    def tick(self) -> None:
        """Do what is due by now."""
        self._rehearsal.check_running()
        now = self._rehearsal.clock.now()
        while self._due and now >= self._due[0][0]:
            self._due.pop(0)[1]()
        if not self._is_put_right and self._is_noticed():
            self._put_right()

    def witness(self, until: datetime) -> Witness:
        """Return what was seen."""
        taps = seen(self._day, until)
        return Witness(
            day=self._day,
            taps=taps,
            pupils=[pupil.number for pupil in self._rehearsal.pupils],
            lights=self._rehearsal.lights(),
            on_disk=sum(check_ins_on_disk(kiosk.outbox) for kiosk in self._rehearsal.kiosks.values()),
            decided_in_silence=self._decided_in_silence,
            undecided_at_cutoff=self._undecided_at_cutoff,
            queued=self._queued(taps),
            is_whole=len(taps) == len(self._day.taps) and self._is_put_right,
        )

    def _queued(self, taps: Sequence[Tap]) -> frozenset[Tap]:
        """Return who came in time and was still queueing when it was late: the light answered them only then."""
        queued: set[Tap] = set()
        for gate, kiosk in self._rehearsal.kiosks.items():
            own, lights = [tap for tap in taps if tap.gate == gate], kiosk.lights()
            if len(own) == len(lights):
                queued |= {
                    tap for tap, light in zip(own, lights, strict=True) if is_late(light.at, tap) > is_late(tap.at, tap)
                }
        return frozenset(queued)

    def _open(self) -> None:
        say(self._rehearsal, f"both gates open; {len(self._rehearsal.pupils)} children are expected")

    def _resume(self) -> None:
        say(self._rehearsal, "the afternoon begins, with both gates heard; the hours between are left out")

    def _cut(self) -> None:
        say(self._rehearsal, "the back gate loses its network")
        self._rehearsal.kiosks["back"].cut()

    def _count_at_cutoff(self) -> None:
        self._undecided_at_cutoff = Counter(self._morning_marks().values())["UNDECIDED"]
        say(self._rehearsal, f"the cutoff has passed: {self._undecided_at_cutoff} undecided, nobody is called absent")
        self._see_decided()

    def _heal(self) -> None:
        self._see_decided()
        say(self._rehearsal, "the back gate has its network again")
        self._rehearsal.kiosks["back"].heal()

    def _see_decided(self) -> None:
        decided = self._rehearsal.register.decided(0)
        self._decided_in_silence = max(self._decided_in_silence, decided["ABSENT"] + decided["LATE"])

    def _morning_marks(self) -> dict[str, str]:
        marks = self._rehearsal.register.marks()
        return {number: mark for (number, shift), mark in marks.items() if shift == 0}

    def _is_noticed(self) -> bool:
        if self._rehearsal.clock.now() < GATE_HEALED:
            return False
        notices = self._rehearsal.register.notices()
        wanted = ("ABSENT", "SENT", self._day.slipped_in, 0)
        return any((notice.kind, notice.state, notice.student, notice.shift) == wanted for notice in notices)

    def _put_right(self) -> None:
        student, half_day = self._rehearsal.register.ids_of(self._day.slipped_in, 0)
        teacher = self._rehearsal.teacher()
        teacher.put_right(self._rehearsal.register.school_id(), student, half_day, "PRESENT", "She is in class.")
        teacher.close()
        self._is_put_right = True
        say(self._rehearsal, "the teacher put a student right who had slipped in without tapping")


def main() -> int:
    """Play the morning; return the exit status."""
    options = _options()
    try:
        with _alone():
            return _rehearse(options.seconds, options.camera)
    except ProgramFailedError as error:
        print(f"This morning ends here: {error}", file=sys.stderr)
        return 1


def _rehearse(seconds: float | None, camera: str | None) -> int:
    """Play the morning in its folder; whatever ends it, no program is left behind."""
    rehearsal = Rehearsal(FOLDER, lambda text: print(text, flush=True))
    if camera:
        own_camera.look_through(camera)
        rehearsal.kiosks[own_camera.GATE].camera = {"source": camera}
    for ending in _ENDINGS:
        signal.signal(ending, _end)
    try:
        return _play(rehearsal, seconds, has_own_camera=bool(camera))
    except KeyboardInterrupt:
        print("\nStopping the collector and the kiosks ...", flush=True)
        return 0
    finally:
        for ending in _ENDINGS:
            signal.signal(ending, signal.SIG_IGN)
        rehearsal.close()


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second morning out of the folder: it would delete the files of the one that runs."""
    _LOCK.parent.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ProgramFailedError(
                f"another one runs in {FOLDER}; end that first, with Ctrl-C in its terminal."
            ) from None
        yield


def _play(rehearsal: Rehearsal, seconds: float | None, *, has_own_camera: bool) -> int:
    began = datetime.now(UTC)
    day = rehearsal.set_up()
    ready = datetime.now(UTC)
    rehearsal.set_clock(ready + max(_LEAST_WARM_UP, (ready - began) * _WARM_UP_SHARE))
    end = _report_at(rehearsal, seconds)
    rehearsal.play(day, end - _SETTLE)
    rehearsal.start_collector()
    _welcome(rehearsal)
    if has_own_camera:
        print(f"  {own_camera.draw_card(day, FOLDER / 'card.png')}\n", flush=True)
    morning = Morning(rehearsal, day)
    while rehearsal.clock.now() < end:
        morning.tick()
        Event().wait(_TICK_SECONDS)
    if has_own_camera:
        print("The front gate saw what your camera saw: the day is not held against its script.", flush=True)
        while seconds is None:
            Event().wait(3600)
        return 0
    witness = morning.witness(end - _SETTLE)
    figures = report(witness, rehearsal.register)
    print(table(figures))
    if not witness.is_whole:
        print("The day was cut short: whoever had not come yet is undecided.\n")
    if witness.queued:
        print(f"This machine was too busy: {len(witness.queued)} who came in time queued until they were late.\n")
    if seconds is None:
        print("The day is over. The dashboard stays up; Ctrl-C ends it.", flush=True)
    while seconds is None:
        Event().wait(3600)
    print(line(figures), flush=True)
    return 1 if figures["promises_broken"] else 0


def _report_at(rehearsal: Rehearsal, seconds: float | None) -> datetime:
    """Return the simulated moment at which the report is made."""
    return rehearsal.clock.after(WHOLE_DAY if seconds is None else timedelta(seconds=seconds))


def _welcome(rehearsal: Rehearsal) -> None:
    is_elsewhere = not rehearsal.address.endswith(f":{WANTED_PORT}")
    elsewhere = f"   (another program holds port {WANTED_PORT})" if is_elsewhere else ""
    print(f"""
A school day begins, 20 times faster than life; it is always Monday, shortly before 06:40. Ctrl-C ends it.

  Dashboard   {rehearsal.address}{elsewhere}
  Operator    {OPERATOR.login_name} / {OPERATOR.password}
  Teacher     {TEACHER.login_name} / {TEACHER.password}
  Its files   {FOLDER}/

Sign in now, by name / password: in about 20 seconds a gate falls silent, in two minutes the day is over.
""", flush=True)  # fmt: skip


def say(rehearsal: Rehearsal, text: str) -> None:
    """Tell what happens, with the time it is there."""
    print(f"  {rehearsal.clock.now().astimezone(ZONE):%H:%M}  {text}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make run", usage=argparse.SUPPRESS, description="Live through a school morning, 20 times faster."
    )
    parser.add_argument(
        "--for", dest="seconds", type=_seconds, help="end after so many real seconds from 06:40, with a report"
    )
    parser.add_argument(
        "--camera", type=own_camera.source_of, help="a webcam such as /dev/video0: the front gate sees what it sees"
    )
    return parser.parse_args()


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"FOR takes a number of seconds from {MIN_SECONDS} to {MAX_SECONDS}.")
    return seconds


if __name__ == "__main__":
    raise SystemExit(main())
