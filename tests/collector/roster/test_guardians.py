"""Who is told about whom: brothers and sisters share a guardian, and a stranger is never told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from collector.db import Database
from collector.errors import RosterError
from collector.models import Contact, Guardian, Guardianship, Student
from collector.roster.service import Imported
from tests.simulation.manual_clock import MONDAY_0640
from tests.simulation.rosters import guarded, line

Bring = Callable[..., Imported]


def reached(database: Database) -> dict[str, set[tuple[str, str]]]:
    """Return for each student the name and address of everybody who would be told."""
    with database.reading() as session:
        tied = session.execute(
            select(Student.number, Guardian.name, Contact.address)
            .join(Guardianship, Guardianship.student_id == Student.id)
            .join(Guardian, Guardian.id == Guardianship.guardian_id)
            .join(Contact, Contact.guardian_id == Guardian.id)
            .where(Contact.blocked_at.is_(None), Contact.replaced_at.is_(None))
        )
        found: dict[str, set[tuple[str, str]]] = {}
        for number, name, address in tied:
            found.setdefault(number, set()).add((name, address))
        return found


def count(database: Database, table: type[Guardian | Contact | Guardianship]) -> int:
    with database.reading() as session:
        return len(session.scalars(select(table)).all())


def test_brothers_and_sisters_share_a_guardian_by_the_contact(database: Database, bring: Bring) -> None:
    bring(guarded("0001", "Sok Srey", "012"), guarded("0002", "Sok Srey", "012", "7B"))

    assert count(database, Guardian) == 1
    assert reached(database) == {"0001": {("Sok Srey", "012")}, "0002": {("Sok Srey", "012")}}


def test_two_guardians_of_one_name_stay_two(database: Database, bring: Bring) -> None:
    bring(guarded("0001", "Sok Srey", "012"), guarded("0002", "Sok Srey", "077"))

    assert count(database, Guardian) == 2


def test_the_same_roster_again_makes_no_second_guardian(database: Database, bring: Bring) -> None:
    rows = (
        guarded("0001", "Sok Srey", "012"),
        guarded("0002", "Sok Srey", "012"),
        line("0003", guardian_name="Kim Mao"),
    )
    bring(*rows)
    bring(*rows)

    assert (count(database, Guardian), count(database, Contact), count(database, Guardianship)) == (2, 1, 3)


def test_a_new_address_replaces_the_old_one_which_is_kept_for_corrections(database: Database, bring: Bring) -> None:
    bring(guarded("0001", "Sok Srey", "012"))
    bring(guarded("0001", "Sok Srey", "077"))

    assert reached(database) == {"0001": {("Sok Srey", "077")}}
    assert (count(database, Guardian), count(database, Contact)) == (1, 2)
    with database.reading() as session:
        old = session.scalars(select(Contact).where(Contact.address == "012")).one()
        assert (old.replaced_at, old.blocked_at) == (MONDAY_0640, None)


def test_an_old_address_that_is_brought_back_counts_again(database: Database, bring: Bring) -> None:
    for address in ("012", "077", "012"):
        bring(guarded("0001", "Sok Srey", address))

    assert reached(database) == {"0001": {("Sok Srey", "012")}}


def test_a_guardian_who_blocked_us_is_not_written_to_because_a_roster_came_again(
    database: Database, bring: Bring
) -> None:
    bring(guarded("0001", "Sok Srey", "012"))
    with database.transaction() as session:
        session.execute(update(Contact).values(blocked_at=MONDAY_0640 + timedelta(hours=1)))
    bring(guarded("0001", "Sok Srey", "012"))

    assert reached(database) == {}


def test_a_corrected_name_is_the_same_guardian(database: Database, bring: Bring) -> None:
    bring(guarded("0001", "Sok Srey", "012"))
    bring(guarded("0001", "Sok Sreymom", "012"), guarded("0002", "Sok Sreymom", "012"))

    assert count(database, Guardian) == 1
    assert reached(database)["0002"] == {("Sok Sreymom", "012")}


def test_an_address_known_as_another_guardians_is_refused(database: Database, bring: Bring) -> None:
    bring(guarded("0001", "Sok Srey", "012"))

    with pytest.raises(RosterError, match="line 3: guardian_address 012 is known as another guardian's"):
        bring(guarded("0002", "Chan Mao", "012"))
    assert "0002" not in reached(database)


def test_what_the_file_does_not_say_of_a_guardian_is_left_alone(database: Database, bring: Bring) -> None:
    bring(guarded("0001", "Sok Srey", "012"))
    bring(line("0001"))

    assert reached(database) == {"0001": {("Sok Srey", "012")}}
