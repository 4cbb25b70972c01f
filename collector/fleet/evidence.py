"""Gathers what the completeness rule judges: claims against ledgers, sight as moments, declarations, all per gate."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from collector.fleet import claims as claim_rules
from collector.fleet import repository, timeline
from collector.fleet.claims import ClaimFact
from collector.fleet.completeness import GateEvidence, KioskEvidence, OutboxEvidence
from collector.fleet.repository import Anchors
from collector.fleet.spans import Span
from collector.models import Kiosk, Outbox
from wire.messages import Lane

_DAY_BEFORE = timedelta(hours=12)
"""A shutdown in the last twelve hours before the doors open is of the same day."""
CLOSED, FAILED = "CLOSED", "FAILED"


def gather(
    session: Session, gate_ids: Collection[int], opens: datetime, lanes: Collection[Lane], arrivals_per_second: float
) -> list[GateEvidence]:
    """Return the evidence of each gate from `opens` on, with sight of these lanes."""
    kiosks = repository.kiosks_at(session, gate_ids)
    outboxes = repository.outboxes_of(session, [kiosk.id for kiosk in kiosks])
    declared = repository.declarations_at(session, gate_ids)
    of_gate: dict[int, list[KioskEvidence]] = {gate_id: [] for gate_id in gate_ids}
    for kiosk in kiosks:
        own = [outbox for outbox in outboxes if outbox.kiosk_id == kiosk.id]
        of_gate[kiosk.gate_id].append(KioskFile(session, kiosk, own, opens, lanes).evidence())
    spans = {
        kind: {
            gate_id: tuple((d.starts_at, d.ends_at) for d in declared if d.gate_id == gate_id and d.kind == kind)
            for gate_id in gate_ids
        }
        for kind in (CLOSED, FAILED)
    }
    return [
        GateEvidence(
            gate_id, arrivals_per_second, tuple(of_gate[gate_id]), spans[CLOSED][gate_id], spans[FAILED][gate_id]
        )
        for gate_id in sorted(gate_ids)
    ]


class KioskFile:
    """All that is on file about one kiosk from a moment on."""

    def __init__(
        self, session: Session, kiosk: Kiosk, outboxes: Sequence[Outbox], opens: datetime, lanes: Collection[Lane]
    ) -> None:
        self._session = session
        self._kiosk = kiosk
        self._outboxes = outboxes
        self._opens = opens
        self._lanes = lanes
        self._anchors = Anchors(session)

    def evidence(self) -> KioskEvidence:
        """Return it as the rule wants it."""
        sights = {outbox.id: self._sight([outbox.id]) for outbox in self._outboxes}
        files = {outbox.id: self._claims(outbox.id) for outbox in self._outboxes}
        boxes = tuple(self._outbox(outbox, files[outbox.id], sights[outbox.id]) for outbox in self._outboxes)
        words = sorted((claim for file in files.values() for claim in file), key=lambda claim: claim.received_at)
        return KioskEvidence(
            self._kiosk.id,
            self._kiosk.commissioned_at,
            min((at for at in (self._kiosk.retired_at, self._kiosk.revoked_at) if at), default=None),
            boxes,
            tuple(self._sight([outbox.id for outbox in self._outboxes])),
            tuple(span for outbox in self._outboxes for span in self._quarantined(outbox.id)),
            tuple(span for outbox in self._outboxes for span in self._lost(outbox.id)),
            claim_rules.closed_from([claim for claim in words if not claim.is_ended]),
            self._silent_since(boxes),
        )

    def _claims(self, outbox_id: bytes) -> list[ClaimFact]:
        return repository.claims_since(self._session, outbox_id, self._opens - _DAY_BEFORE, self._anchors)

    def _outbox(self, outbox: Outbox, file: list[ClaimFact], sight: list[Span]) -> OutboxEvidence:
        held = claim_rules.delivered(file, repository.ledger_of(self._session, outbox.id))
        through = max((claim.through_at for claim in held if claim.through_at), default=None)
        known_from = min([outbox.first_heard_at, *(start for start, _ in sight)])
        return OutboxEvidence(through, known_from, claim_rules.is_over(file, held))

    def _sight(self, outbox_ids: list[bytes]) -> list[Span]:
        """Return the moments in which it surely watched: a span loses its clock's error at both ends."""
        rows = repository.sight_since(self._session, outbox_ids, self._opens, self._lanes)
        spans: list[Span] = []
        for boot, ticks in repository.merged_ticks(rows).items():
            anchors = self._anchors.of(outbox_ids[0], boot)
            spans += [timeline.surely_within(start, end, anchors) for start, end in ticks]
        return [span for span in spans if span[0] < span[1]]

    def _quarantined(self, outbox_id: bytes) -> list[Span]:
        return [
            self._bounds(outbox_id, seq, seq, received_at)
            for seq, received_at in repository.unresolved_rows(self._session, outbox_id)
        ]

    def _lost(self, outbox_id: bytes) -> list[Span]:
        ranges = repository.ledger_of(self._session, outbox_id).ranges
        return [self._bounds(outbox_id, part.first, part.last, None) for part in ranges if part.is_lost]

    def _bounds(self, outbox_id: bytes, first: int, last: int, received_at: datetime | None) -> Span:
        around = repository.claims_around(self._session, outbox_id, first, last, self._anchors)
        return claim_rules.bounds_of(first, last, around, received_at)

    def _silent_since(self, boxes: Sequence[OutboxEvidence]) -> datetime | None:
        """Return when it was last heard if it is offline, else through when it has delivered."""
        if not self._kiosk.is_online:
            return self._kiosk.heard_at
        return min((box.delivered_through for box in boxes if box.delivered_through), default=self._kiosk.heard_at)
