"""Logins: a row of ours for each signed-in browser, which holds a random secret of which only the SHA-256 is stored.

The language chosen in a browser is kept with its login.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from collector.auth.passwords import is_right
from collector.auth.rules import FORGIVEN_AFTER, is_alive, is_use_noted, wait_before_next
from collector.auth.schemas import Principal
from collector.auth.service import LONGEST_LOGIN_NAME, LONGEST_PASSWORD, audit
from collector.db import Database
from collector.models import Login, Role, SignInAttempt, Staff

_SECRET_BYTES = 32


def sign_in(database: Database, login_name: str, password: str, language: str | None, now: datetime) -> str | timedelta:
    """Return the secret of a new login, or how long to wait before the next attempt (zero: try again at once).

    The attempt counts before the password is looked at, so that many at once are not many chances. A `language` chosen
    before signing in is kept; without one the person's own rules.
    """
    login_name = login_name.strip().lower()[:LONGEST_LOGIN_NAME]
    with database.transaction() as session:
        wait = _count_attempt(session, login_name, now)
        staff = session.scalar(select(Staff).where(Staff.login_name == login_name, Staff.left_at.is_(None)))
    if wait or len(password) > LONGEST_PASSWORD:
        return wait
    if not is_right(staff.password_hash if staff else None, password) or staff is None:
        return timedelta()
    with database.transaction() as session:
        return _begin_login(session, staff, language, now)


def sign_out(session: Session, principal: Principal, now: datetime) -> None:
    """End a login."""
    session.execute(delete(Login).where(Login.secret_sha256 == principal.secret_sha256))
    audit(session, principal.staff_id, "SIGNED_OUT", f"staff {principal.staff_id}", now)


def signed_in(session: Session, secret: str, now: datetime) -> Principal | None:
    """Return who holds this secret, or None."""
    found = session.execute(
        select(Login, Staff).join(Staff).where(Login.secret_sha256 == _digest(secret), Staff.left_at.is_(None))
    ).one_or_none()
    if found is None:
        return None
    login, staff = found
    if not is_alive(login.began_at, login.used_at, now):
        return None
    return Principal(
        staff_id=staff.id,
        name=staff.name,
        role=Role(staff.role),
        school_id=staff.school_id,
        class_id=staff.class_id,
        language=login.language or staff.language,
        csrf_token=login.csrf_token,
        secret_sha256=login.secret_sha256,
    )


def note_use(database: Database, principal: Principal, now: datetime) -> None:
    """Remember that a login was used, at most every few minutes."""
    with database.reading() as session:
        used_at = session.scalar(select(Login.used_at).where(Login.secret_sha256 == principal.secret_sha256))
    if used_at is not None and not is_use_noted(used_at, now):
        with database.transaction() as session:
            session.execute(update(Login).where(Login.secret_sha256 == principal.secret_sha256).values(used_at=now))


def speak(session: Session, principal: Principal, language: str) -> None:
    """Keep the language chosen for this login."""
    session.execute(update(Login).where(Login.secret_sha256 == principal.secret_sha256).values(language=language))


def _count_attempt(session: Session, login_name: str, now: datetime) -> timedelta:
    """Count one more attempt as failed until it succeeds; return how long it must wait instead."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.last_at < now - FORGIVEN_AFTER))
    attempt = session.get(SignInAttempt, login_name)
    if attempt is None:
        session.add(SignInAttempt(login_name=login_name, failures=1, last_at=now))
        return timedelta()
    wait = wait_before_next(attempt.failures, attempt.last_at, now)
    if not wait:
        attempt.failures, attempt.last_at = attempt.failures + 1, now
    return wait


def _begin_login(session: Session, staff: Staff, language: str | None, now: datetime) -> str:
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    session.execute(delete(SignInAttempt).where(SignInAttempt.login_name == staff.login_name))
    session.add(
        Login(
            secret_sha256=_digest(secret),
            staff_id=staff.id,
            csrf_token=secrets.token_urlsafe(_SECRET_BYTES),
            language=language,
            began_at=now,
            used_at=now,
        )
    )
    audit(session, staff.id, "SIGNED_IN", f"staff {staff.id}", now)
    return secret


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
