"""Decides one student's mark in one school session, from values only, so that the rules can be tested by themselves.

Precedence: override, tap, excuse (not built yet), silence. Nothing that rests on silence is decided before the
silence is known to be real; until then the mark is UNDECIDED with a reason, or PRESENT without a word on lateness.

The window of a school session is the time in which a tap can be its arrival: after the end of the student's previous
school session of that day (without one: after local midnight) up to `closes`. Lateness counts from `late_after`: a
shift knows no bell of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collector.fleet.completeness import Silence
from collector.models import Mark, Reason
from wire.messages import Lane

RULE_VERSION = 1
POINT = timedelta(seconds=60)
"""An interval no wider than this counts as a moment that may be told to people."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A check-in of this student: aware UTC, earliest and latest moment at which it can have occurred."""

    earliest_at: datetime
    latest_at: datetime
    gate_id: int
    lane: Lane
    is_own_school: bool
    is_revoked: bool
    """The card was, or may have been, revoked before this tap."""
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """The mark that staff put in the place of whatever else is known."""

    mark: Mark
    facts: dict[str, object]
    """Who, why, when; for the evidence."""


@dataclass(frozen=True, slots=True)
class MarkInputs:
    """All that a mark is made of; moments are aware UTC."""

    window_from: datetime
    """Exclusive."""
    opens_at: datetime
    late_after_at: datetime
    cutoff_at: datetime
    closes_at: datetime
    taps: tuple[Tap, ...] = ()
    override: Ruling | None = None
    has_card: bool = True
    """Holds an active card that was handed over, or seen at a gate, before `opens`."""
    class_size: int = 1
    class_unseen: int = 0
    silence: Silence | None = None
    """Through the moment that `silence_needed` names; None when nobody has looked."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A mark with what it rests on; `is_final` is False while silence, or a person, may still change it."""

    mark: Mark
    reason: Reason | None = None
    minutes_late: int | None = None
    seen_at: datetime | None = None
    """The moment of arrival, when it is known within a minute."""
    seen_gate_id: int | None = None
    is_final: bool = True
    evidence: dict[str, object] = field(default_factory=dict, compare=False)


def decide(inputs: MarkInputs, now: datetime) -> Decided:
    """Return the mark that `now` and all that is known allow."""
    return _by_override(inputs) or _by_tap(inputs) or _by_silence(inputs, now)


def silence_needed(inputs: MarkInputs, now: datetime) -> datetime | None:
    """Return the moment through which silence must be known to be real to say more; None when it does not matter."""
    if inputs.override is not None:
        return None
    arrival = _arrival(inputs)
    if arrival is not None:
        return arrival.earliest_at if arrival.earliest_at >= inputs.late_after_at else None
    return inputs.cutoff_at if now >= inputs.cutoff_at else None


def is_unseen(inputs: MarkInputs) -> bool:
    """Tell whether nothing but silence speaks of this student; a class is counted by it before any is absent."""
    if inputs.override is not None:
        return inputs.override.mark is Mark.ABSENT
    return not _in_reach(inputs) and not _elsewhere(inputs)


def _by_override(inputs: MarkInputs) -> Decided | None:
    if inputs.override is None:
        return None
    mark = inputs.override.mark
    evidence: dict[str, object] = {"override": inputs.override.facts}
    arrival = _arrival(inputs)
    if arrival is None or mark is Mark.ABSENT:
        return Decided(mark, evidence=evidence)
    late = _minutes_late(arrival, inputs) if mark is Mark.LATE else None
    return _seen(mark, arrival, evidence, minutes_late=late)


def _by_tap(inputs: MarkInputs) -> Decided | None:
    arrival = _arrival(inputs)
    if arrival is not None:
        return _arrived(arrival, inputs)
    reached = _in_reach(inputs)
    if not reached:
        return None
    is_old = any(tap.is_revoked for tap in reached)
    reason = Reason.OLD_CARD if is_old else Reason.TIME_UNKNOWN
    return Decided(Mark.UNDECIDED, reason, is_final=False, evidence={"taps": _told(reached)})


def _arrived(arrival: Tap, inputs: MarkInputs) -> Decided:
    """LATE takes two things: no tap can have been before `late_after`, and none before the first went unseen."""
    evidence: dict[str, object] = {"taps": _told([arrival])}
    if arrival.earliest_at < inputs.late_after_at:
        return _seen(Mark.PRESENT, arrival, evidence)
    silence = inputs.silence
    evidence |= _blame(silence)
    is_surely_first = all(tap.earliest_at >= inputs.late_after_at for tap in _in_reach(inputs))
    if is_surely_first and silence is not None and silence.is_real:
        return _seen(Mark.LATE, arrival, evidence, minutes_late=_minutes_late(arrival, inputs))
    return _seen(Mark.PRESENT, arrival, evidence, is_final=False)


def _by_silence(inputs: MarkInputs, now: datetime) -> Decided:
    if now < inputs.cutoff_at:
        return Decided(Mark.UNDECIDED, Reason.NOT_YET, is_final=False)
    silence, elsewhere = inputs.silence, _elsewhere(inputs)
    if elsewhere:
        return _undecided(Reason.ASK, {"taps": _told(elsewhere)})
    if not inputs.has_card:
        return _undecided(Reason.NO_CARD, {})
    if silence is None or not silence.is_real:
        return _unknown(silence, is_over=now >= inputs.closes_at)
    counts: dict[str, object] = {"class_size": inputs.class_size, "class_unseen": inputs.class_unseen}
    if 2 * inputs.class_unseen > inputs.class_size:
        return _undecided(Reason.ASK, counts | _blame(silence))
    return Decided(Mark.ABSENT, evidence=counts | _blame(silence))


def _unknown(silence: Silence | None, *, is_over: bool) -> Decided:
    """Return what is left when silence is no evidence: UNRECORDED once only a roll could still tell."""
    if silence is not None and silence.only_roll and is_over:
        return Decided(Mark.UNRECORDED, silence.reason, evidence=_blame(silence))
    reason = silence.reason if silence is not None else None
    return _undecided(reason or Reason.NOT_DELIVERED, _blame(silence))


def _undecided(reason: Reason, evidence: dict[str, object]) -> Decided:
    return Decided(Mark.UNDECIDED, reason, is_final=False, evidence=evidence)


def _seen(
    mark: Mark, tap: Tap, evidence: dict[str, object], *, minutes_late: int | None = None, is_final: bool = True
) -> Decided:
    return Decided(mark, None, minutes_late, _moment(tap), tap.gate_id, is_final, evidence)


def _moment(tap: Tap) -> datetime | None:
    """Return the middle of an interval that is narrow enough to be told as a moment."""
    width = tap.latest_at - tap.earliest_at
    return tap.earliest_at + width / 2 if width <= POINT else None


def _minutes_late(arrival: Tap, inputs: MarkInputs) -> int:
    """Whole minutes after `late_after`: by the moment that is told, else by the earliest one possible."""
    return max(0, ((_moment(arrival) or arrival.earliest_at) - inputs.late_after_at) // timedelta(minutes=1))


def _arrival(inputs: MarkInputs) -> Tap | None:
    """Return the first tap of an active card that can only be an arrival in this school session."""
    arrivals = (tap for tap in _own(inputs) if not tap.is_revoked and _is_inside(tap, inputs))
    return min(arrivals, key=lambda tap: (tap.earliest_at, tap.latest_at, tap.gate_id), default=None)


def _in_reach(inputs: MarkInputs) -> list[Tap]:
    """Return the taps at the own gates that may have been an arrival, by any card."""
    return [tap for tap in _own(inputs) if _touches(tap, inputs.window_from, inputs.closes_at)]


def _own(inputs: MarkInputs) -> Iterable[Tap]:
    return (tap for tap in inputs.taps if tap.is_own_school and tap.lane is not Lane.OUT)


def _elsewhere(inputs: MarkInputs) -> list[Tap]:
    """Return the taps that are no arrival here but say that the student was about: another school's gate, a way out."""
    return [
        tap
        for tap in inputs.taps
        if (tap.lane is Lane.OUT and _touches(tap, inputs.opens_at, inputs.closes_at))
        or (not tap.is_own_school and _touches(tap, inputs.window_from, inputs.closes_at))
    ]


def _is_inside(tap: Tap, inputs: MarkInputs) -> bool:
    return inputs.window_from < tap.earliest_at and tap.latest_at <= inputs.closes_at


def _touches(tap: Tap, after: datetime, until: datetime) -> bool:
    return tap.latest_at > after and tap.earliest_at <= until


def _blame(silence: Silence | None) -> dict[str, object]:
    """Return what silence rests on, and the gates to blame when it is no evidence."""
    if silence is None:
        return {}
    since = silence.since.isoformat() if silence.since else None
    return {"silence": silence.evidence, "gates": list(silence.gate_ids), "since": since}


def _told(taps: Iterable[Tap]) -> list[dict[str, object]]:
    return [
        {
            "gate": tap.gate_id,
            "earliest": tap.earliest_at.isoformat(),
            "latest": tap.latest_at.isoformat(),
            "received": tap.received_at.isoformat(),
            "revoked": tap.is_revoked,
        }
        for tap in taps
    ]
