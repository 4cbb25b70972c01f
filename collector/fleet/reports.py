"""What a kiosk says of itself: heartbeats with their claims, births and last wills. Kept here, judged elsewhere."""

import math
from datetime import datetime

from sqlalchemy.orm import Session

from collector.fleet.alarms import raise_alarm
from collector.fleet.timeline import BELIEVED_OFF
from collector.models import Kiosk, KioskClaim, Outbox
from wire.clock import from_ticks
from wire.messages import Claim, Heartbeat, Status


def take_heartbeat(session: Session, kiosk_id: str, beat: Heartbeat, received_at: datetime) -> None:
    """Keep a heartbeat's figures for display and its claims for good."""
    kiosk = session.get_one(Kiosk, kiosk_id)
    off = (from_ticks(beat.sent + beat.wall_offset) - received_at).total_seconds()
    kiosk.heard_at = received_at
    kiosk.report = _figures(beat, off)
    if abs(off) > BELIEVED_OFF.total_seconds():
        detail = f"Its clock is {abs(off):.0f} s {'ahead' if off > 0 else 'behind'}."
        raise_alarm(session, "clock_off", kiosk_id, detail, received_at)
    for claim in beat.claims:
        outbox = _outbox(session, kiosk_id, claim.outbox_id, received_at)
        if outbox.kiosk_id == kiosk_id:
            _take_claim(session, outbox, beat, claim, received_at, off)
        else:
            detail = f"It claims an outbox that belongs to kiosk {outbox.kiosk_id}."
            raise_alarm(session, "foreign_outbox", kiosk_id, detail, received_at)


def take_status(session: Session, kiosk_id: str, status: Status, received_at: datetime) -> None:  # noqa: ARG001 - a retained birth is not news of now
    """Note that a connection began or ended; the last will of an older connection says nothing."""
    kiosk = session.get_one(Kiosk, kiosk_id)
    is_of_this_boot = kiosk.connection_boot_id in {None, status.boot_id}
    is_newer = status.online if not is_of_this_boot else status.connection >= kiosk.connection
    if is_newer:
        kiosk.is_online = status.online
        kiosk.connection, kiosk.connection_boot_id = status.connection, status.boot_id


def _outbox(session: Session, kiosk_id: str, outbox_id: bytes, now: datetime) -> Outbox:
    """Return an outbox; one that was never heard of belongs to this kiosk from now on."""
    outbox = session.get(Outbox, outbox_id)
    if outbox is None:
        outbox = Outbox(id=outbox_id, kiosk_id=kiosk_id, revision=0, first_heard_at=now)
        session.add(outbox)
        session.flush()
    return outbox


def _take_claim(
    session: Session, outbox: Outbox, beat: Heartbeat, claim: Claim, received_at: datetime, off: float
) -> None:
    if not claim.ended:
        outbox.ended_at = None
    elif outbox.ended_at is None:
        outbox.ended_at = received_at
    session.add(
        KioskClaim(
            outbox_id=outbox.id,
            boot_id=beat.boot_id,
            through_ticks=claim.through,
            wall_offset=beat.wall_offset,
            quality=int(beat.quality),
            seq=claim.seq,
            row_boot_id=claim.row_boot_id,
            is_ended=claim.ended,
            is_closed=claim.closed,
            received_at=received_at,
            clock_error_seconds=off,
        )
    )


def _figures(beat: Heartbeat, off: float) -> dict[str, object]:
    return {
        "backlog": beat.backlog,
        "oldest_kept_seq": beat.oldest_kept_seq,
        "sighted": beat.sighted,
        "frames_per_second": _finite(beat.frames_per_second),
        "taps": beat.taps,
        "refusals": beat.refusals,
        "disk_free_bytes": beat.disk_free_bytes,
        "gate_book_revision": beat.gate_book_revision,
        "version": beat.version.replace("\0", ""),
        "temperature_celsius": _finite(beat.temperature_celsius),
        "under_voltage": beat.under_voltage,
        "clock_quality": beat.quality.name,
        "clock_off_seconds": round(off, 3),
    }


def _finite(number: float | None) -> float | None:
    """Return a number that JSON knows."""
    return number if number is not None and math.isfinite(number) else None
