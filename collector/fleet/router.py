"""Commissions kiosks for the province's tools, and lists those of a school; it answers in JSON only."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select

from collector.auth.access import SignedIn
from collector.auth.service import audit, school_in_scope
from collector.db import Database
from collector.errors import Forbidden
from collector.fleet.service import commission
from collector.models import Gate, Kiosk, Role
from collector.roster.service import gate_by_code
from wire.messages import Lane
from wire.topics import is_kiosk_id

router = APIRouter()

_Id = Annotated[int, Path(ge=1, lt=2**63)]
_CREATED = 201


@router.get("/schools/{school_id}/kiosks")
def kiosks(request: Request, principal: SignedIn, school_id: _Id) -> Response:
    """Return the kiosks of a school with their gates, retired ones too."""
    database: Database = request.app.state.database
    with database.reading() as session:
        school_in_scope(session, principal, school_id)
        found = session.execute(
            select(Kiosk, Gate.code).join(Gate).where(Gate.school_id == school_id).order_by(Gate.code, Kiosk.id)
        )
        return JSONResponse([_facts(kiosk, gate) for kiosk, gate in found])


@router.post("/schools/{school_id}/kiosks")
def commission_kiosk(
    request: Request,
    principal: SignedIn,
    school_id: _Id,
    kiosk_id: Annotated[str, Body()],
    gate: Annotated[str, Body()],
    lane: Annotated[Literal["IN", "OUT", "BOTH"], Body()],
) -> Response:
    """Put a kiosk at a gate of the operator's school; the same request again changes nothing."""
    database: Database = request.app.state.database
    now = request.app.state.clock.now()
    with database.transaction() as session:
        school_in_scope(session, principal, school_id)
        if principal.role is not Role.OPERATOR:
            raise Forbidden("Only the school's operator commissions kiosks.")
        place = gate_by_code(session, school_id, gate)
        is_new = is_kiosk_id(kiosk_id) and session.get(Kiosk, kiosk_id) is None
        kiosk = commission(session, kiosk_id, place, Lane[lane], now)
        if is_new:
            audit(session, principal.staff_id, "KIOSK_COMMISSIONED", f"kiosk {kiosk_id}", now)
        return JSONResponse(_facts(kiosk, place.code), _CREATED if is_new else 200)


def _facts(kiosk: Kiosk, gate: str) -> dict[str, Any]:
    return {
        "id": kiosk.id,
        "gate": gate,
        "lane": Lane(kiosk.lane).name,
        "is_online": kiosk.is_online,
        "heard_at": kiosk.heard_at.isoformat() if kiosk.heard_at else None,
        "retired_at": kiosk.retired_at.isoformat() if kiosk.retired_at else None,
    }
