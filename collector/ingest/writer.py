"""One transaction for a group of messages: rows and ledgers first, then what the kiosks say of themselves.

A message of a kiosk that is unknown or revoked, of an outbox that belongs to another kiosk, or that would not decode
is quarantined with an alarm and gets no answer, so the kiosk keeps its rows.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from collector.fleet import service as fleet
from collector.ingest import quarantine
from collector.ingest.ledgers import Answer, Ledgers
from collector.ingest.subscriber import Arrival
from collector.models import Kiosk
from wire.messages import Batch, Heartbeat, Status


def write(session: Session, arrivals: list[Arrival], now: datetime) -> list[Answer]:
    """Store a group in order of arrival; return what the receipts must answer."""
    known = _kiosks_of(session, arrivals)
    welcome = [arrival for arrival in arrivals if _is_welcome(session, arrival, known, now)]
    answers = _write_rows(session, welcome, now)
    for arrival in welcome:
        if isinstance(arrival.message, Heartbeat):
            fleet.take_heartbeat(session, arrival.kiosk_id, arrival.message, arrival.received_at)
        elif isinstance(arrival.message, Status):
            fleet.take_status(session, arrival.kiosk_id, arrival.message, arrival.received_at)
    return answers


def keep_whole(session: Session, arrival: Arrival, reason: str, now: datetime) -> None:
    """Keep a message that nothing can be done with."""
    quarantine.keep_message(session, arrival.kiosk_id, arrival.payload, reason, now)
    fleet.raise_alarm(session, "quarantine", arrival.kiosk_id, f"A message was put aside: {reason}.", now)


def _kiosks_of(session: Session, arrivals: list[Arrival]) -> dict[str, Kiosk]:
    ids = {arrival.kiosk_id for arrival in arrivals}
    return {kiosk.id: kiosk for kiosk in session.scalars(select(Kiosk).where(Kiosk.id.in_(ids)))}


def _is_welcome(session: Session, arrival: Arrival, known: dict[str, Kiosk], now: datetime) -> bool:
    kiosk = known.get(arrival.kiosk_id)
    if kiosk is None or kiosk.revoked_at is not None:
        _refuse_stranger(session, arrival, is_revoked=kiosk is not None, now=now)
        return False
    if isinstance(arrival.message, Exception):
        keep_whole(session, arrival, arrival.message.reason, now)
        return False
    return True


def _refuse_stranger(session: Session, arrival: Arrival, *, is_revoked: bool, now: datetime) -> None:
    reason = "its kiosk is revoked" if is_revoked else "its kiosk is not commissioned"
    if not isinstance(arrival.message, Heartbeat | Status):
        quarantine.keep_message(session, arrival.kiosk_id, arrival.payload, reason, now)
    kind = "revoked_kiosk" if is_revoked else "unknown_kiosk"
    fleet.raise_alarm(session, kind, arrival.kiosk_id, f"A message came, but {reason}.", now)


def _write_rows(session: Session, arrivals: list[Arrival], now: datetime) -> list[Answer]:
    batches = [(arrival, arrival.message) for arrival in arrivals if isinstance(arrival.message, Batch)]
    if not batches:
        return []
    ledgers = Ledgers(session, now)
    ledgers.open([(arrival.kiosk_id, batch) for arrival, batch in batches])
    answers: list[Answer] = []
    for arrival, batch in batches:
        if ledgers.owner_of(batch.outbox_id) == arrival.kiosk_id:
            answers.append(ledgers.take(arrival, batch))
        else:
            _refuse_foreign(session, arrival, ledgers.owner_of(batch.outbox_id), now)
    ledgers.close()
    heard = {answer.kiosk_id for answer in answers}
    session.execute(update(Kiosk).where(Kiosk.id.in_(heard)).values(heard_at=now))
    for kiosk_id in sorted({answer.kiosk_id for answer in answers if answer.forked}):
        detail = "Its outbox goes on in two places: the card was copied or restored. It was told to use a new outbox."
        fleet.raise_alarm(session, "cloned_kiosk", kiosk_id, detail, now)
    return answers


def _refuse_foreign(session: Session, arrival: Arrival, owner: str, now: datetime) -> None:
    reason = f"its outbox belongs to kiosk {owner}"
    quarantine.keep_message(session, arrival.kiosk_id, arrival.payload, reason, now)
    fleet.raise_alarm(session, "foreign_outbox", arrival.kiosk_id, f"A message came, but {reason}.", now)
