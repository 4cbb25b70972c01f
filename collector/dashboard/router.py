"""The school's day as a page, as a stream of changes, and as facts for machines."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse
from sqlalchemy.orm import Session

from collector.auth.access import SignedIn
from collector.auth.service import school_in_scope, scoped_schools
from collector.dashboard import alarms, day, messages, queries
from collector.dashboard.live import LiveFeed
from collector.dashboard.pages import reader_of, render
from collector.dashboard.params import PathId, QueryId
from collector.db import Database
from collector.errors import CollectorError, NotFound
from collector.models import SchoolSession
from wire.clock import Clock

router = APIRouter()


def _is_in_scope(request: Request, principal: SignedIn, school_id: PathId) -> None:
    """Raise NotFound before a stream begins that its reader may not have."""
    database: Database = request.app.state.database
    with database.reading() as session:
        school_in_scope(session, principal, school_id)


@router.get("/")
def front(request: Request, principal: SignedIn) -> Response:
    """Lead to the one school a person works in; officers choose from a list, and see kiosks that no school knows."""
    database: Database = request.app.state.database
    with database.reading() as session:
        schools = list(session.scalars(scoped_schools(principal)))
        now, reader = request.app.state.clock.now(), reader_of(request)
        may_resolve = principal.may_resolve(None)
        strangers = alarms.of_strangers(session, now, reader) if may_resolve else []
        if len(schools) == 1 and not strangers:
            return RedirectResponse(f"/schools/{schools[0].id}", 303)
        rows = [day.summary(session, school, now, reader) for school in schools]
        return render(request, "schools.html", rows=rows, now=now, alarms=strangers, may_resolve=may_resolve)


@router.get("/schools/{school_id}")
def school_day(request: Request, principal: SignedIn, school_id: PathId, half_day: QueryId = None) -> Response:
    """Show what happens at a school's gates."""
    database: Database = request.app.state.database
    clock: Clock = request.app.state.clock
    reader, now = reader_of(request), clock.now()
    with database.reading() as session:
        school = school_in_scope(session, principal, school_id)
        shown = day.school_day(session, school, _chosen(session, school_id, half_day), now, reader)
        return render(
            request,
            "school.html",
            school=school,
            day=shown,
            alarms=alarms.of_school(session, school_id, now, reader),
            may_resolve=principal.may_resolve(school_id),
            now=now,
        )


@router.get("/schools/{school_id}/classes/{class_id}")
def class_list(
    request: Request,
    principal: SignedIn,
    school_id: PathId,
    class_id: PathId,
    half_day: QueryId = None,
) -> Response:
    """Show a class in register order with its marks."""
    database: Database = request.app.state.database
    reader, now = reader_of(request), request.app.state.clock.now()
    with database.reading() as session:
        school = school_in_scope(session, principal, school_id)
        shown = day.class_day(session, school, class_id, _chosen(session, school_id, half_day), now, reader)
        return render(request, "class.html", school=school, day=shown, now=now)


@router.get("/schools/{school_id}/messages")
def message_list(request: Request, principal: SignedIn, school_id: PathId) -> Response:
    """Show what guardians were told, as they see it."""
    database: Database = request.app.state.database
    with database.reading() as session:
        school = school_in_scope(session, principal, school_id)
        shown = messages.messages(session, school_id, request.app.state.settings.zone)
        now = request.app.state.clock.now()
        return render(request, "messages.html", school=school, messages=shown, now=now)


@router.get("/schools/{school_id}/today")
def today(request: Request, principal: SignedIn, school_id: PathId, half_day: QueryId = None) -> Response:
    """Return the facts behind the day's sentence, and the sentence in both languages."""
    database: Database = request.app.state.database
    now = request.app.state.clock.now()
    zone = request.app.state.settings.zone
    with database.reading() as session:
        school = school_in_scope(session, principal, school_id)
        chosen = _chosen(session, school_id, half_day)
        picture = queries.picture(session, chosen, school_id, now, zone)
        gates = day.gates_of(session, school_id, picture)
        facts = {
            "school": {"id": school.id, "code": school.code, "name_km": school.name_km, "name_en": school.name_en},
            "now": now.isoformat(),
            "sentence": {language: day.told(picture, gates, language) for language in ("km", "en")},
            "half_day": asdict(picture.half_day) if picture.half_day else None,
            "counts": asdict(picture.counts),
            "blames": [asdict(blame) for blame in picture.blames],
            "gates": [asdict(gate) for gate in gates],
            "classes": [asdict(each) for each in picture.classes],
        }
    return JSONResponse(json.loads(json.dumps(facts, default=str)))


@router.get("/schools/{school_id}/live")
async def live(request: Request, _school: Annotated[None, Depends(_is_in_scope)]) -> Response:
    """Stream `change` when something was committed and `clock` each second, as server-sent events."""
    feed: LiveFeed = request.app.state.live
    if feed.is_full:
        raise CollectorError("Too many pages are open at once; this one shows the news when it is loaded again.")
    return StreamingResponse(_events(request, feed), media_type="text/event-stream")


async def _events(request: Request, feed: LiveFeed) -> AsyncIterator[str]:
    clock: Clock = request.app.state.clock
    zone = request.app.state.settings.zone
    yield "retry: 2000\n\n"
    async for is_change in feed.changes():
        yield f"event: clock\ndata: {clock.now().astimezone(zone):%H:%M:%S}\n\n"
        if is_change:
            yield "event: change\ndata: \n\n"


def _chosen(session: Session, school_id: PathId, half_day_id: int | None) -> SchoolSession | None:
    """Return the school session asked for, if it is this school's."""
    if half_day_id is None:
        return None
    half_day = session.get(SchoolSession, half_day_id)
    if half_day is None or half_day.school_id != school_id:
        raise NotFound("There is no such school session at this school.")
    return half_day
