"""The day as it truly happens: who holds which card before which camera when, and who never does.

It is written before any program starts, and the report is held against it. Pure: the same cards give the same day.
"""

import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.simulation.school import CLASSES, GATES, Pupil
from wire.card import new_number
from wire.clock import Jump, Simulation

ZONE = ZoneInfo("Asia/Phnom_Penh")
START = datetime(2027, 3, 15, 6, 40, tzinfo=ZONE)
"""Always Monday 06:40 there."""
SPEED = 20.0
AFTERNOON = timedelta(hours=6)
LATE_AFTER = timedelta(minutes=8)
NOON = Jump(at=START + timedelta(minutes=15), to=START + AFTERNOON)
GATE_CUT = START + timedelta(minutes=5, seconds=40)
GATE_HEALED = START + timedelta(minutes=13, seconds=20)
CUTOFF = START + timedelta(minutes=12)

_ARRIVALS = (timedelta(seconds=10), timedelta(minutes=6, seconds=40))
_LATE_ARRIVALS = (timedelta(minutes=8, seconds=40), timedelta(minutes=10, seconds=20))
_VIEWS = ("good", "good", "good", "tilted", "dim", "glare", "far", "shaky")
FOREIGN_TEXT = "https://phsar.example/menu"
TEACHERS_CLASS = CLASSES[0][0]


class Tap(NamedTuple):
    """One card held before one camera; `student` is its owner's number, None for what no student owns."""

    at: datetime
    gate: str
    text: str
    student: str | None
    expected: str
    """`recorded`, `REPEATED` or `MALFORMED`."""
    view: str = "good"


class Day(NamedTuple):
    """What truly happens."""

    taps: tuple[Tap, ...]
    absent: frozenset[tuple[str, int]]
    """(student number, shift 0 or 1) who never come."""
    slipped_in: str
    """Comes in the morning without tapping."""
    old_card: str
    """Taps a revoked card first, then the new one."""


class Cards(NamedTuple):
    """Card numbers by student number; `old` is the revoked one."""

    current: dict[str, str]
    old: tuple[str, str]


def simulation(started_at: datetime) -> Simulation:
    """Return the clock setting of a day whose 06:40 is at a real instant."""
    return Simulation(start=START.astimezone(UTC), started_at=started_at, speed=SPEED, jumps=(NOON,))


def old_card_student(pupils: Sequence[Pupil]) -> str:
    """Return who lost a card and was given a new one."""
    return pupils[17].number


def write_day(pupils: Sequence[Pupil], cards: Cards, seed: int = 7) -> Day:
    """Write the day of a school with two gates and two shifts."""
    chance = random.Random(seed)
    slipped_in = next(pupil.number for pupil in pupils[5:] if pupil.class_name == TEACHERS_CLASS)
    ordinary = [pupil.number for pupil in pupils if pupil.number not in {slipped_in, cards.old[0]}]
    taps: list[Tap] = []
    absent: set[tuple[str, int]] = set()
    for shift, (never, late) in enumerate(((4, 6), (3, 5))):
        chosen = chance.sample(ordinary, never + late)
        absent |= {(number, shift) for number in chosen[:never]}
        comers = [number for number in cards.current if (number, shift) not in absent]
        if shift == 0:
            comers.remove(slipped_in)
        taps += _arrivals(comers, set(chosen[never:]), cards, START + shift * AFTERNOON, chance)
    return Day(tuple(sorted(taps + _oddities(taps, cards))), frozenset(absent), slipped_in, cards.old[0])


def write_scenes(day: Day, gate: str, path: Path, until: datetime | None) -> None:
    """Write what one gate's camera will see, up to a moment."""
    lines = [
        json.dumps({"at": tap.at.isoformat(), "card": tap.text, "view": tap.view, "hold_seconds": 2.0})
        for tap in seen(day, until)
        if tap.gate == gate
    ]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def seen(day: Day, until: datetime | None) -> list[Tap]:
    """Return the taps up to a moment."""
    return [tap for tap in day.taps if until is None or tap.at <= until]


def shift_of(tap: Tap) -> int:
    """Return 0 for a tap of the morning, 1 for one of the afternoon."""
    return int(tap.at >= NOON.to)


def is_late(moment: datetime, tap: Tap) -> bool:
    """Tell whether a moment is late for the shift of a tap."""
    return moment >= START + shift_of(tap) * AFTERNOON + LATE_AFTER


def _arrivals(
    comers: Sequence[str], late: Iterable[str], cards: Cards, start: datetime, chance: random.Random
) -> list[Tap]:
    """Spread arrivals evenly over each gate with a little jitter: a queue, not a crush."""
    late = set(late)
    taps = []
    for window, group in ((_ARRIVALS, [c for c in comers if c not in late]), (_LATE_ARRIVALS, sorted(late))):
        order = chance.sample(list(group), len(group))
        for place, (gate, _, _) in enumerate(GATES):
            queue = order[place :: len(GATES)]
            step = (window[1] - window[0]) / max(1, len(queue))
            taps += [
                Tap(start + window[0] + step * (turn + chance.uniform(0, 0.5)), gate, cards.current[number], number,
                    "recorded", chance.choice(_VIEWS))
                for turn, number in enumerate(queue)
            ]  # fmt: skip
    return taps


def _oddities(taps: Sequence[Tap], cards: Cards) -> list[Tap]:
    """Return what else happens: a repeat, an old card, a menu's QR code, a card nobody knows."""
    owner, old_number = cards.old
    new_card = next(tap for tap in taps if tap.student == owner)
    repeated = next(tap for tap in taps if tap.gate == new_card.gate and tap.student != owner)
    second, a_while = timedelta(seconds=1), timedelta(seconds=20)
    return [
        repeated._replace(at=repeated.at + a_while, expected="REPEATED"),
        new_card._replace(at=new_card.at - second, text=old_number, view="good"),
        Tap(START + timedelta(minutes=3), GATES[0][0], FOREIGN_TEXT, None, "MALFORMED"),
        Tap(START + timedelta(minutes=4), GATES[1][0], new_number(), None, "recorded"),
    ]
