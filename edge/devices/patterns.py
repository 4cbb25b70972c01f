"""What lamps and buzzer do for each signal, so that neither colour nor hearing is ever the only way to understand it.

Three things tell two signals apart, and each suffices alone (but for idle, which is silent): the rhythm of the light
whatever its colour, the rhythm of the sound, and the colour. A character is 100 ms:

    light   `g` green, `r` red, `a` amber (both), `.` dark; begins again for as long as the signal stands
    sound   `#` on, `.` off; played once

    idle          a wink every 3 s           silent
    accepted      green, steady              one short
    repeated      green, two winks a second  two short
    unknown       amber, long flashes        short, long
    out_of_hours  amber, short flashes       long, short
    revoked       red, 0.3 s on and off      one of a second
    malformed     red, three winks           three short
    storage_full  red, fast                  ten short
    blind         red, a second on and off   three, slow
    closed        amber, with short breaks   two long

Pure; nothing here touches a pin.
"""

from typing import NamedTuple

from edge.ports import Signal

STEP_TICKS = 10
"""A character of a pattern: 100 ms."""


class Pattern(NamedTuple):
    """One signal."""

    light: str
    sound: str


class Lamps(NamedTuple):
    """What is on."""

    green: bool = False
    red: bool = False
    buzzer: bool = False


PATTERNS = {
    Signal.IDLE: Pattern("g" + 29 * ".", ""),
    Signal.ACCEPTED: Pattern("g", "#"),
    Signal.REPEATED: Pattern("g.g.......", "#.#"),
    Signal.UNKNOWN: Pattern("aaaaaa..", "#.#####"),
    Signal.OUT_OF_HOURS: Pattern("aa......", "#####.#"),
    Signal.REVOKED: Pattern("rrr...", "##########"),
    Signal.MALFORMED: Pattern("r.r.r......", "#.#.#"),
    Signal.STORAGE_FULL: Pattern("r.", "#.#.#.#.#.#.#.#.#.#"),
    Signal.BLIND: Pattern("rrrrrrrrrr..........", "#...#...#"),
    Signal.CLOSED: Pattern("aaa.", "#####.#####"),
}


def lamps_at(signal: Signal, step: int, *, is_again: bool = False) -> Lamps:
    """Return what is on in the step-th 100 ms of a signal.

    `is_again`: the same signal stood before. Its first step is dark then, so that the next child sees a light of
    their own.
    """
    light, sound = PATTERNS[signal]
    colour = "." if is_again and step == 0 else light[step % len(light)]
    return Lamps(colour in "ga", colour in "ra", sound[step : step + 1] == "#")


def steps_to_change(signal: Signal, step: int, *, is_again: bool = False) -> int | None:
    """Return in how many steps something changes; None when nothing ever does."""
    light, sound = PATTERNS[signal]
    now = lamps_at(signal, step, is_again=is_again)
    ahead = range(1, len(light) + len(sound) + 2)
    return next((n for n in ahead if lamps_at(signal, step + n, is_again=is_again) != now), None)
