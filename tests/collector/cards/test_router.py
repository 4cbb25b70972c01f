"""Gate books and sheets of cards over HTTP: the right ones to the right people, and on record."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import httpx
import pypdfium2
import pytest
from sqlalchemy import select

from collector.cards import gatebook, service
from collector.cards.sealing import read_sealer
from collector.db import Database
from collector.models import AuditEntry, Role
from tests.simulation.manual_clock import ManualClock
from tests.simulation.served_collector import employ, served, settings_in, signed_in
from tests.simulation.small_school import MONDAY, SmallSchool

ZONE = ZoneInfo("Asia/Phnom_Penh")


class Served(NamedTuple):
    """A collector that serves a school with cards."""

    address: str
    school: SmallSchool
    database: Database
    clock: ManualClock


@pytest.fixture
def collector(
    database: Database, clock: ManualClock, make_school: Callable[..., SmallSchool], tmp_path: Path
) -> Iterator[Served]:
    """A collector that serves a school with twelve cards, and an operator, a teacher and an officer."""
    settings = settings_in(tmp_path)
    school = make_school(students=12)
    with database.transaction() as session:
        sealer = read_sealer(tmp_path / "card.key")
        service.issue_to_school(session, sealer, school.school_id, today=MONDAY, now=clock.now())
    employ(database, "dara", Role.OPERATOR, school.school_id)
    employ(database, "sreymom", Role.TEACHER, school.school_id, school.class_id)
    employ(database, "officer", Role.OFFICER, None)
    with served(database, settings, clock) as address:
        yield Served(address, school, database, clock)


def test_a_gate_book_is_given_to_whoever_knows_its_hash(collector: Served) -> None:
    with collector.database.transaction() as session:
        book = gatebook.refresh(session, collector.school.school_id, collector.clock.now(), ZONE)

    answer = httpx.get(f"{collector.address}/kiosk/v1/gate-book/{book.sha256.hex()}")

    assert (answer.status_code, answer.content) == (200, book.body)
    assert "immutable" in answer.headers["Cache-Control"]
    assert int(answer.headers["Content-Length"]) == len(book.body)


@pytest.mark.parametrize("name", ["0" * 64, "00", "z" * 64, "0" * 63 + "%0A", "A" * 64])
def test_nobody_else_gets_a_gate_book(collector: Served, name: str) -> None:
    assert httpx.get(f"{collector.address}/kiosk/v1/gate-book/{name}").status_code == 404


def test_the_operator_gets_the_sheet_and_it_is_on_record(collector: Served) -> None:
    with signed_in(collector.address, "dara") as http:
        answer = http.get(f"/schools/{collector.school.school_id}/cards.pdf")

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="cards-PV-1.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(pypdfium2.PdfDocument(answer.content)) == 2
    with collector.database.reading() as session:
        entry = session.scalar(select(AuditEntry).where(AuditEntry.act == "CARDS_PRINTED"))
        assert entry is not None
        assert entry.subject == f"school {collector.school.school_id}: 12 cards"


def test_a_sheet_may_be_of_one_class(collector: Served) -> None:
    path = f"/schools/{collector.school.school_id}/cards.pdf"

    with signed_in(collector.address, "dara") as http:
        answer = http.get(path, params={"class_id": collector.school.class_id})
        stranger = http.get(path, params={"class_id": 999})

    assert answer.headers["Content-Disposition"] == 'attachment; filename="cards-PV-1-7A.pdf"'
    assert stranger.status_code == 404


@pytest.mark.parametrize(("login_name", "status"), [("sreymom", 403), ("officer", 403), (None, 401)])
def test_only_the_operator_prints_cards(collector: Served, login_name: str | None, status: int) -> None:
    with signed_in(collector.address, login_name) as http:
        assert http.get(f"/schools/{collector.school.school_id}/cards.pdf").status_code == status


def test_the_operator_of_another_school_finds_nothing(
    collector: Served, make_school: Callable[..., SmallSchool]
) -> None:
    employ(collector.database, "stranger", Role.OPERATOR, make_school(code="B").school_id)

    with signed_in(collector.address, "stranger") as http:
        assert http.get(f"/schools/{collector.school.school_id}/cards.pdf").status_code == 404
