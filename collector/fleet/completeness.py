"""When silence is known to be real: the rule that every ABSENT and every LATE rests on. Pure.

Silence at a student's gates from `opens` through a moment is real when every gate was covered by a kiosk, all that
the kiosks recorded has arrived, and somebody was looking all the while. It says nothing about a student; cards and
rolls are not its concern.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from collector.fleet.spans import END, Span, is_touched, minus, total, union
from collector.models import Reason

LONGEST_GAP = timedelta(seconds=60)
EXPECTED_UNSEEN = 1.0
"""All gaps together hold fewer arrivals than this."""


@dataclass(frozen=True, slots=True)
class OutboxEvidence:
    """What is known of one outbox."""

    delivered_through: datetime | None
    """The latest believed T of a claim whose rows 1..N are all held and read."""
    known_from: datetime
    """The first moment at which it is known to have been there."""
    is_ended: bool = False
    """Its kiosk left it empty, and all of it is held: it owes nothing more."""


@dataclass(frozen=True, slots=True)
class KioskEvidence:
    """What is known of one kiosk of a gate."""

    kiosk_id: str
    commissioned_at: datetime
    retired_at: datetime | None = None
    outboxes: tuple[OutboxEvidence, ...] = ()
    """None yet means that it has delivered nothing."""
    sight: tuple[Span, ...] = ()
    """Spans of the direction in question in which it surely watched."""
    quarantined: tuple[Span, ...] = ()
    """Time bounds of rows that a person must look at."""
    lost: tuple[Span, ...] = ()
    """Time bounds of rows that will never come."""
    closed_from: datetime | None = None
    """The guard ended its day with the shutdown button."""
    silent_since: datetime | None = None
    """For people: since when it is not heard, or has not delivered."""


@dataclass(frozen=True, slots=True)
class GateEvidence:
    """What is known of one gate."""

    gate_id: int
    arrivals_per_second: float
    """Expected by its habit; none yet: its students spread evenly over `opens` to cutoff."""
    kiosks: tuple[KioskEvidence, ...] = ()
    closed: tuple[Span, ...] = ()
    """Declared: nobody could pass."""
    failed: tuple[Span, ...] = ()
    """Declared: people passed unseen."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Whether not having seen something is evidence, and if not, whose fault it is."""

    is_real: bool
    reason: Reason | None = None
    only_roll: bool = False
    """It can never be real: only a roll can tell."""
    gate_ids: tuple[int, ...] = ()
    since: datetime | None = None
    evidence: dict[str, object] = field(default_factory=dict)


class _Finding(IntEnum):
    """What is wrong at a gate; the highest of all gates is told."""

    NOTHING = 0
    NOT_SIGHTED = 1
    QUARANTINED = 2
    NOT_DELIVERED = 3
    LOST = 4
    FAILED = 5
    UNCOVERED = 6


_REASONS = {
    _Finding.NOT_SIGHTED: Reason.NOT_SIGHTED,
    _Finding.QUARANTINED: Reason.QUARANTINED,
    _Finding.NOT_DELIVERED: Reason.NOT_DELIVERED,
    _Finding.LOST: Reason.NOT_DELIVERED,
    _Finding.FAILED: Reason.NOT_SIGHTED,
    _Finding.UNCOVERED: Reason.NO_GATE,
}


@dataclass(frozen=True, slots=True)
class _Judged:
    gate: GateEvidence
    open: list[Span]
    finding: _Finding
    gaps: list[Span]
    since: datetime | None


def silence(gates: Sequence[GateEvidence], opens: datetime, until: datetime) -> Silence:
    """Judge the silence at these gates from `opens` through `until`, aware UTC; no time at all is always silent."""
    if until <= opens:
        return Silence(is_real=True)
    judged = [_judge(gate, opens, until) for gate in gates]
    evidence: dict[str, object] = {str(one.gate.gate_id): _told(one) for one in judged}
    worst = max((one.finding for one in judged), default=_Finding.UNCOVERED)
    if not any(one.open for one in judged):
        # Nobody could pass anywhere, so nobody can have stayed away.
        worst = _Finding.UNCOVERED
    if worst == _Finding.NOTHING:
        return Silence(is_real=True, evidence=evidence)
    blamed = [one for one in judged if one.finding == worst]
    return Silence(
        is_real=False,
        reason=_REASONS[worst],
        only_roll=worst in {_Finding.FAILED, _Finding.LOST},
        gate_ids=tuple(sorted(one.gate.gate_id for one in blamed)),
        since=min((one.since for one in blamed if one.since), default=None),
        evidence=evidence,
    )


def _judge(gate: GateEvidence, opens: datetime, until: datetime) -> _Judged:
    owing = [kiosk for kiosk in gate.kiosks if _is_there(kiosk, opens, until)]
    open_spans = minus([(opens, until)], [*gate.closed, *_shut_down(owing)])
    gaps = minus(open_spans, union(span for kiosk in gate.kiosks for span in kiosk.sight))
    behind = [kiosk for kiosk in owing if not _has_delivered(kiosk, open_spans)]
    finding, since = _Finding.NOTHING, None
    if not open_spans:
        pass
    elif not any(_is_expected(kiosk, opens, until) for kiosk in gate.kiosks):
        finding = _Finding.UNCOVERED
    elif is_touched(open_spans, gate.failed):
        finding, since = _Finding.FAILED, min(start for start, _ in gate.failed)
    elif is_touched(open_spans, [span for kiosk in owing for span in kiosk.lost]):
        finding = _Finding.LOST
    elif behind:
        finding = _Finding.NOT_DELIVERED
        since = min((kiosk.silent_since for kiosk in behind if kiosk.silent_since), default=None)
    elif is_touched(open_spans, [span for kiosk in owing for span in kiosk.quarantined]):
        finding = _Finding.QUARANTINED
    elif not _is_sighted(gaps, gate.arrivals_per_second):
        finding, since = _Finding.NOT_SIGHTED, gaps[0][0]
    return _Judged(gate, open_spans, finding, gaps, since)


def _is_there(kiosk: KioskEvidence, opens: datetime, until: datetime) -> bool:
    """Tell whether it may have recorded anything in the span, expected or not."""
    return kiosk.commissioned_at < until and (kiosk.retired_at is None or kiosk.retired_at > opens)


def _is_expected(kiosk: KioskEvidence, opens: datetime, until: datetime) -> bool:
    """Tell whether it covers its gate: there before the doors opened and to the end."""
    return kiosk.commissioned_at <= opens and (kiosk.retired_at is None or kiosk.retired_at >= until)


def _shut_down(owing: list[KioskEvidence]) -> list[Span]:
    """Return the time after the last kiosk of a gate was shut down by the guard."""
    closings = [kiosk.closed_from for kiosk in owing if kiosk.closed_from is not None]
    return [(max(closings), END)] if closings and len(closings) == len(owing) else []


def _has_delivered(kiosk: KioskEvidence, open_spans: list[Span]) -> bool:
    """Tell whether all that it recorded while people could pass has arrived.

    A claim says nothing about the time before its outbox was made, so one of them must have been there from the start.
    """
    if not open_spans:
        return True
    start, owed = open_spans[0][0], min(open_spans[-1][1], kiosk.retired_at or END, kiosk.closed_from or END)
    if owed <= start:
        return True
    is_known = kiosk.commissioned_at > start or any(outbox.known_from <= start for outbox in kiosk.outboxes)
    return bool(kiosk.outboxes) and is_known and all(_is_through(outbox, owed) for outbox in kiosk.outboxes)


def _is_through(outbox: OutboxEvidence, owed: datetime) -> bool:
    return outbox.is_ended or (outbox.delivered_through is not None and outbox.delivered_through >= owed)


def _is_sighted(gaps: list[Span], arrivals_per_second: float) -> bool:
    unseen = arrivals_per_second * total(gaps).total_seconds()
    return unseen < EXPECTED_UNSEEN and all(end - start <= LONGEST_GAP for start, end in gaps)


def _told(judged: _Judged) -> dict[str, object]:
    """Return what a decision rested on, for the record."""
    return {
        "finding": judged.finding.name,
        "gaps": [[start.isoformat(), end.isoformat()] for start, end in judged.gaps],
        "kiosks": {
            kiosk.kiosk_id: [
                outbox.delivered_through.isoformat() if outbox.delivered_through else None for outbox in kiosk.outboxes
            ]
            for kiosk in judged.gate.kiosks
        },
    }
