"""Tells the province's tools which school a code stands for; pages for people are the dashboard's."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select

from collector.auth.access import CSRF_HEADER, SignedIn
from collector.auth.service import scoped_schools
from collector.db import Database
from collector.errors import NotFound
from collector.models import Gate, School

router = APIRouter()


@router.get("/schools/by-code/{code}")
def school_by_code(request: Request, principal: SignedIn, code: str) -> Response:
    """Return a school in scope with its gates; the header holds the token that a write must bring."""
    database: Database = request.app.state.database
    with database.reading() as session:
        school = session.scalar(scoped_schools(principal).where(School.code == code))
        if school is None:
            raise NotFound(f"There is no school with the code {code} among those you may see.")
        gates = session.scalars(select(Gate).where(Gate.school_id == school.id).order_by(Gate.code)).all()
        facts: dict[str, Any] = {
            "id": school.id,
            "code": school.code,
            "name_km": school.name_km,
            "name_en": school.name_en,
            "gates": [{"code": gate.code, "name_km": gate.name_km, "name_en": gate.name_en} for gate in gates],
        }
    return JSONResponse(facts, headers={CSRF_HEADER: principal.csrf_token})
