"""Gate books for kiosks, which name them by their hash, and sheets of cards for the school's operator."""

import re
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from collector.auth.access import SignedIn
from collector.auth.schemas import Principal
from collector.auth.service import audit, school_in_scope
from collector.cards.gatebook import body_by_hash
from collector.cards.printing import PrintableCard, printable
from collector.cards.sealing import read_sealer
from collector.cards.sheet import render_sheet
from collector.db import Database
from collector.errors import Forbidden, NotFound
from collector.models import Role, School, SchoolClass
from collector.schedule.service import local_day
from collector.settings import Settings

router = APIRouter()

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_NEVER_CHANGES = "private, max-age=31536000, immutable"
_Id = Annotated[int, Path(ge=1, lt=2**63)]
_ClassId = Annotated[int | None, Query(ge=1, lt=2**63)]


@router.get("/kiosk/v1/gate-book/{sha256}")
def gate_book(request: Request, sha256: str) -> Response:
    """Give a gate book to whoever knows its hash: only a manifest tells it, and no other body has it."""
    database: Database = request.app.state.database
    body = None
    if _SHA256.match(sha256):
        with database.reading() as session:
            body = body_by_hash(session, bytes.fromhex(sha256))
    if body is None:
        raise NotFound("There is no such gate book, or it is not in force any more.")
    headers = {"Cache-Control": _NEVER_CHANGES, "ETag": f'"{sha256}"'}
    return Response(body, media_type="application/octet-stream", headers=headers)


@router.get("/schools/{school_id}/cards.pdf")
def sheet(request: Request, principal: SignedIn, school_id: _Id, class_id: _ClassId = None) -> Response:
    """Give the print-ready sheet of a school's cards, or of one class; who asked for it is on record."""
    database: Database = request.app.state.database
    now = request.app.state.clock.now()
    settings: Settings = request.app.state.settings
    with database.reading() as session:
        school = _school(session, principal, school_id)
        name = _name(session, school, class_id)
        sealer = read_sealer(FilePath(settings.card_key_file))
        cards = printable(session, sealer, school, local_day(now, settings.zone), class_id)
    with database.transaction() as session:
        audit(session, principal.staff_id, "CARDS_PRINTED", _subject(cards, school_id, class_id), now)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(render_sheet([card.face for card in cards]), media_type="application/pdf", headers=headers)


def _school(session: Session, principal: Principal, school_id: int) -> School:
    school = school_in_scope(session, principal, school_id)
    if principal.role is not Role.OPERATOR:
        raise Forbidden("Only the school's operator prints cards: a sheet of them opens the gates.")
    return school


def _name(session: Session, school: School, class_id: int | None) -> str:
    """Return the name of the file, in letters that every system can store."""
    parts = ["cards", school.code]
    if class_id is not None:
        school_class = session.get(SchoolClass, class_id)
        if school_class is None or school_class.school_id != school.id:
            raise NotFound("There is no such class at this school.")
        parts.append(school_class.name_en)
    return re.sub(r"[^A-Za-z0-9.-]+", "-", "-".join(parts)) + ".pdf"


def _subject(cards: list[PrintableCard], school_id: int, class_id: int | None) -> str:
    scope = f"school {school_id}" if class_id is None else f"school {school_id}, class {class_id}"
    return f"{scope}: {len(cards)} cards"
