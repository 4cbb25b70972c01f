"""Who may sign in. A password is never an argument, which other people on the machine could read."""

from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from collector.auth.service import add_staff, audit
from collector.commands.context import DEFAULT_CONFIG, ConfigOption, ask_password, collector, say
from collector.errors import InvalidRequest
from collector.i18n import LANGUAGES
from collector.models import Role, School, SchoolClass, Staff
from collector.roster.service import class_by_name, school_by_code

app = typer.Typer(no_args_is_help=True, help="Add and list the people who may sign in.")


@app.command()
def add(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="The name to sign in with.")],
    name: Annotated[str, typer.Option("--name", "-n", help="The person's name, as pages show it.")],
    role: Annotated[Role, typer.Option("--role", "-r", case_sensitive=False, help="What the person may do.")],
    school: Annotated[str | None, typer.Option("--school", "-s", help="The school's code; officers need none.")] = None,
    class_name: Annotated[str | None, typer.Option("--class", help="The class a teacher is responsible for.")] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="km or en.")] = "km",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add a person who may sign in; the password is asked for, or read from standard input."""
    with collector(config) as opened:
        if language not in LANGUAGES:
            raise InvalidRequest(f"There is no language {language!r}: choose one of {', '.join(LANGUAGES)}.")
        password = ask_password(login)
        with opened.database.transaction() as session:
            school_id, class_id = _scope(session, school, class_name)
            staff = add_staff(session, login, name, password, role, school_id, class_id, language)
            audit(session, None, "STAFF_ADDED", f"staff {staff.id}", opened.clock.now())
        say(f"{staff.name} may sign in as {staff.login_name}.")


@app.command("list")
def list_staff(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """List the people who may sign in, with role and scope."""
    wanted = (
        select(Staff, School.code, SchoolClass.name_en)
        .outerjoin(School, School.id == Staff.school_id)
        .outerjoin(SchoolClass, SchoolClass.id == Staff.class_id)
        .where(Staff.left_at.is_(None))
        .order_by(Staff.login_name)
    )
    with collector(config) as opened, opened.database.reading() as session:
        for staff, code, class_name in session.execute(wanted):
            scope = "all schools" if code is None else f"school {code}"
            own = f", class {class_name}" if class_name else ""
            say(f"{staff.login_name:<20} {staff.role:<9} {staff.name} ({scope}{own}, {staff.language})")


def _scope(session: Session, code: str | None, class_name: str | None) -> tuple[int | None, int | None]:
    if code is None:
        if class_name is not None:
            raise InvalidRequest("A class needs its school: give --school too.")
        return None, None
    school = school_by_code(session, code)
    return school.id, class_by_name(session, school.id, class_name).id if class_name is not None else None
