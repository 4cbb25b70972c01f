"""Signing in on a real database: what is stored, what is refused, how slow guessing gets."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from collector.auth import logins
from collector.auth.schemas import Principal
from collector.auth.service import add_staff, school_in_scope, scoped_schools
from collector.db import Database
from collector.errors import InvalidRequest, NotFound
from collector.models import Base, Login, Role, School, SchoolClass, SignInAttempt, Staff

NOW = datetime(2027, 3, 15, 0, tzinfo=UTC)
PASSWORD = "a-long-password"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    own = Database(f"sqlite:///{tmp_path / 'collector.sqlite'}")
    own.create_tables(Base.metadata)
    with own.transaction() as session:
        session.add_all(School(code=f"{n}", name_km="ក", name_en=f"School {n}", province_code="14") for n in (1, 2))
        session.flush()
        session.add(SchoolClass(school_id=1, name_km="៧ក", name_en="7A", grade=7))
        session.flush()
        add_staff(session, "Sophea", "Keo Sophea", PASSWORD, Role.TEACHER, 1, 1, "km")
        add_staff(session, "officer", "Prum Samnang", PASSWORD, Role.OFFICER, None, None, "en")
    yield own
    own.close()


def _enter(database: Database, name: str = "sophea", password: str = PASSWORD, now: datetime = NOW) -> str:
    secret = logins.sign_in(database, name, password, None, now)
    assert isinstance(secret, str)
    return secret


def _who(database: Database, secret: str, now: datetime = NOW) -> Principal | None:
    with database.reading() as session:
        return logins.signed_in(session, secret, now)


def test_the_right_password_signs_in_and_names_the_person(database: Database) -> None:
    principal = _who(database, _enter(database, "SOPHEA "))

    assert principal is not None
    assert (principal.name, principal.role, principal.school_id, principal.language) == (
        "Keo Sophea",
        Role.TEACHER,
        1,
        "km",
    )


def test_only_the_hash_of_the_secret_and_of_the_password_is_stored(database: Database) -> None:
    secret = _enter(database)

    with database.reading() as session:
        login = session.scalars(select(Login)).one()
        staff = session.scalars(select(Staff).where(Staff.login_name == "sophea")).one()
        assert login.secret_sha256 == hashlib.sha256(secret.encode()).digest()
        assert len(secret) >= 43
        assert staff.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(("name", "password"), [("sophea", "wrong-password"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_or_password_may_be_tried_again_at_once(database: Database, name: str, password: str) -> None:
    assert logins.sign_in(database, name, password, None, NOW) == timedelta()


def test_an_endless_password_is_refused_without_being_hashed(database: Database) -> None:
    assert logins.sign_in(database, "sophea", "x" * 1_000_000, None, NOW) == timedelta()


def test_guessing_gets_slow_and_even_the_right_password_must_wait(database: Database) -> None:
    for _ in range(3):
        logins.sign_in(database, "sophea", "wrong-password", None, NOW)

    assert logins.sign_in(database, "sophea", PASSWORD, None, NOW) == timedelta(seconds=2)
    assert isinstance(logins.sign_in(database, "sophea", PASSWORD, None, NOW + timedelta(seconds=2)), str)


def test_many_guesses_at_once_are_not_many_chances(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: logins.sign_in(database, "sophea", f"guess-{n}", None, NOW), range(8)))

    assert results.count(timedelta()) == 3


def test_signing_in_forgets_the_mistakes(database: Database) -> None:
    logins.sign_in(database, "sophea", "wrong-password", None, NOW)
    _enter(database)

    with database.reading() as session:
        assert session.scalars(select(SignInAttempt)).all() == []


def test_a_signed_out_secret_is_worthless(database: Database) -> None:
    secret = _enter(database)
    principal = _who(database, secret)
    assert principal is not None
    with database.transaction() as session:
        logins.sign_out(session, principal, NOW)

    assert _who(database, secret) is None


def test_who_left_is_signed_out_at_once(database: Database) -> None:
    secret = _enter(database)
    with database.transaction() as session:
        session.scalars(select(Staff).where(Staff.login_name == "sophea")).one().left_at = NOW

    assert _who(database, secret) is None
    assert logins.sign_in(database, "sophea", PASSWORD, None, NOW) == timedelta()


def test_a_login_that_is_used_lives_on_and_one_that_is_not_ends(database: Database) -> None:
    secret = _enter(database)
    principal = _who(database, secret)
    assert principal is not None

    assert _who(database, secret, NOW + timedelta(hours=9)) is None
    logins.note_use(database, principal, NOW + timedelta(hours=6))
    assert _who(database, secret, NOW + timedelta(hours=9)) is not None


def test_the_language_chosen_in_a_browser_wins_over_the_persons_own(database: Database) -> None:
    secret = logins.sign_in(database, "sophea", PASSWORD, "en", NOW)

    assert isinstance(secret, str)
    principal = _who(database, secret)
    assert principal is not None
    assert principal.language == "en"


def test_officers_see_all_schools_and_others_their_own(database: Database) -> None:
    teacher, officer = _who(database, _enter(database)), _who(database, _enter(database, "officer"))
    assert teacher is not None
    assert officer is not None

    with database.reading() as session:
        assert [school.id for school in session.scalars(scoped_schools(teacher))] == [1]
        assert [school.id for school in session.scalars(scoped_schools(officer))] == [1, 2]
        with pytest.raises(NotFound):
            school_in_scope(session, teacher, 2)


@pytest.mark.parametrize(
    ("name", "password", "role", "school", "school_class"),
    [
        ("sophea", PASSWORD, Role.TEACHER, 1, 1),
        ("", PASSWORD, Role.OPERATOR, 1, None),
        ("x" * 65, PASSWORD, Role.OPERATOR, 1, None),
        ("short", "1234567", Role.OPERATOR, 1, None),
        ("stray", PASSWORD, Role.TEACHER, None, None),
        ("lost", PASSWORD, Role.OPERATOR, 99, None),
        ("elsewhere", PASSWORD, Role.TEACHER, 2, 1),
    ],
)
def test_impossible_staff_is_refused(
    database: Database, name: str, password: str, role: Role, school: int | None, school_class: int | None
) -> None:
    with pytest.raises(InvalidRequest), database.transaction() as session:
        add_staff(session, name, "Somebody", password, role, school, school_class, "km")
