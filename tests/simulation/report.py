"""Holds what the programs have on their disks against what truly happened, and names every broken promise."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from tests.simulation.register import Notice, Register
from tests.simulation.script import Day, Tap, is_late, shift_of

RECORDED = ("accepted", "unknown", "revoked", "out_of_hours")
"""Signals that say: this tap is on the disk."""
_TOLD = {"SENT", "UNKNOWN", "SENDING"}
_PLAINLY = {
    "taps": "cards shown to a camera",
    "check_ins": "of them to be recorded",
    "refusals": "of them to be refused",
    "stored": "stored by the collector",
    "undecided_at_cutoff": "undecided at the morning's cutoff",
    "undecided_left": "undecided at the end",
    "notices": "guardians told late or absent",
    "corrections": "guardians told we were wrong",
    "false_notices": "told absent in spite of a tap",
    "untapped_notices": "told absent, in without a tap",
}
"""What the table calls a figure, where its name alone would not be understood."""


class Witness(NamedTuple):
    """What the simulation saw from outside while the day ran."""

    day: Day
    taps: Sequence[Tap]
    """Those shown before the end."""
    pupils: Sequence[str]
    lights: Counter[str]
    """Signals that the lights showed."""
    on_disk: int
    """Check-ins in the kiosks' outbox files."""
    decided_in_silence: int
    """Final ABSENT or LATE marks of the morning that stood while the back gate was silent."""
    undecided_at_cutoff: int | None
    queued: frozenset[Tap]
    """Taps in time by the script that a slow machine answered only when it was late."""
    is_whole: bool
    """The script was played to its end and had time to settle."""


def report(witness: Witness, register: Register) -> dict[str, object]:
    """Return the figures of the day; `promises_broken` is empty on a good one."""
    marks, notices = register.marks(), register.notices()
    counts = Counter(marks.values())
    refusals = Counter(tap.expected for tap in witness.taps if tap.expected != "recorded")
    check_ins = len(witness.taps) - refusals.total()
    told = [notice for notice in notices if notice.kind == "ABSENT" and notice.state in _TOLD]
    tapped = {(tap.student, shift_of(tap)) for tap in witness.taps if tap.expected == "recorded"}
    false = [notice for notice in told if (notice.student, notice.shift) in tapped]
    untapped = [n for n in told if n not in false and (n.student, n.shift) not in witness.day.absent]
    corrections = [notice for notice in notices if notice.kind == "CORRECTION" and notice.state in _TOLD]
    return {
        "taps": len(witness.taps),
        "check_ins": check_ins,
        "refusals": dict(sorted(refusals.items())),
        "stored": register.stored(),
        "present": counts["PRESENT"],
        "late": counts["LATE"],
        "absent": counts["ABSENT"],
        "undecided_at_cutoff": witness.undecided_at_cutoff,
        "undecided_left": counts["UNDECIDED"],
        "notices": len([n for n in notices if n.kind != "CORRECTION" and n.state in _TOLD]),
        "corrections": len(corrections),
        "false_notices": len(false),
        "untapped_notices": len(untapped),
        "promises_broken": broken(witness, register, check_ins, marks, [*false, *untapped], corrections),
    }


def broken(
    witness: Witness,
    register: Register,
    check_ins: int,
    marks: dict[tuple[str, int], str],
    wrong: Sequence[Notice],
    corrections: Sequence[Notice],
) -> list[str]:
    """Return one sentence for each promise that did not hold."""
    stored, once = register.stored(), register.stored_once()
    lit = sum(witness.lights[signal] for signal in RECORDED)
    corrected = {notice.corrects_id for notice in corrections}
    checks = {
        f"P1: {lit} lights said recorded and {witness.on_disk} taps are on the kiosks' disks": lit > witness.on_disk,
        f"P2: {witness.on_disk} taps are on the kiosks' disks and {stored} are stored": stored < witness.on_disk,
        f"P8: {check_ins} taps should be recorded and {witness.on_disk} are": check_ins != witness.on_disk,
        f"P3: {stored} rows are stored of {once} different ones": stored != once or stored > check_ins,
        f"P4: {witness.decided_in_silence} marks were decided while a gate was silent": bool(
            witness.decided_in_silence
        ),
    }
    if witness.is_whole:
        open_notices = [notice for notice in wrong if notice.id not in corrected]
        checks[f"P6: {len(open_notices)} wrong notices were not taken back"] = bool(open_notices)
        for sentence in _wrong_marks(witness, marks):
            checks[sentence] = True
    return [sentence for sentence, is_broken in checks.items() if is_broken]


def true_marks(day: Day, pupils: Sequence[str], queued: frozenset[Tap] = frozenset()) -> dict[tuple[str, int], str]:
    """Return the mark that each student has truly earned in each shift."""
    earned = {(number, shift): "ABSENT" for number in pupils for shift in (0, 1)}
    for tap in day.taps:
        if tap.student is not None and tap.expected == "recorded":
            earned[tap.student, shift_of(tap)] = "LATE" if is_late(tap.at, tap) or tap in queued else "PRESENT"
    earned[day.slipped_in, 0] = "PRESENT"
    return earned


def table(figures: dict[str, object]) -> str:
    """Return the figures for people."""
    shown = {_PLAINLY.get(name, name.replace("_", " ")): value for name, value in figures.items()}
    width = max(len(name) for name in shown)
    lines = [f"  {name:<{width}}  {_shown(value)}" for name, value in shown.items()]
    return "\n".join(["", "The day, held against the script:", *lines, ""])


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items()) or "none"
    if isinstance(value, list):
        return "; ".join(value) or "none"
    return "not reached" if value is None else str(value)


def _wrong_marks(witness: Witness, marks: dict[tuple[str, int], str]) -> list[str]:
    earned = true_marks(witness.day, witness.pupils, witness.queued)
    wrong = [(pair, mark, marks.get(pair, "none")) for pair, mark in earned.items() if marks.get(pair) != mark]
    return [
        f"student {number} in shift {shift + 1} was {mark} and is marked {said}"
        for (number, shift), mark, said in wrong
    ]


def line(figures: dict[str, object]) -> str:
    """Return the figures as one line of JSON."""
    return json.dumps(figures, ensure_ascii=False)
