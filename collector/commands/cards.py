"""The life of cards at the terminal: issue, hand over, print, revoke, replace."""

import csv
import io
import os
from pathlib import Path
from typing import Annotated

import typer

from collector.cards import service
from collector.cards.printing import PrintableCard, printable
from collector.cards.sealing import Sealer, read_sealer
from collector.cards.sheet import render_sheet
from collector.commands.context import DEFAULT_CONFIG, ConfigOption, Context, SchoolOption, collector, say
from collector.errors import CardError
from collector.roster.service import class_by_name, school_by_code

app = typer.Typer(no_args_is_help=True, help="Issue, print, hand over, revoke and replace cards.")

OutOption = Annotated[Path, typer.Option("--out", "-o", help="The file to write.")]
ClassOption = Annotated[str | None, typer.Option("--class", help="Only the cards of this class.")]
StudentOption = Annotated[str, typer.Option("--student", help="The student's number in the school.")]
OneOption = Annotated[str | None, typer.Option("--student", help="Only the card of the student with this number.")]


@app.command()
def issue(school: SchoolOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Issue a card to every student of a school who holds none."""
    with collector(config) as opened, opened.database.transaction() as session:
        found = school_by_code(session, school)
        count = service.issue_to_school(session, _sealer(opened), found.id, today=opened.today, now=opened.clock.now())
        say(f"{count} cards are issued.")


@app.command("hand-over")
def hand_over(school: SchoolOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Record that the printed cards were handed to the students."""
    with collector(config) as opened, opened.database.transaction() as session:
        found = school_by_code(session, school)
        count = service.hand_over(session, found.id, today=opened.today, now=opened.clock.now())
        say(f"{count} cards are recorded as handed over.")


@app.command("print")
def print_sheet(
    school: SchoolOption,
    out: OutOption,
    class_name: ClassOption = None,
    student: OneOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write the print-ready A4 sheet (PDF) of all active cards, of one class, or of one student."""
    with collector(config) as opened:
        cards = _printable(opened, school, class_name, student)
        _write_private(out, render_sheet([card.face for card in cards]))
        say(f"{_counted(cards)} in {out}. Print at 100 %, then cut at the marks.")


@app.command()
def export(
    school: SchoolOption,
    out: OutOption,
    class_name: ClassOption = None,
    student: OneOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write what a card printer needs as CSV. The file opens gates: delete it after printing."""
    with collector(config) as opened:
        cards = _printable(opened, school, class_name, student)
        _write_private(out, _csv(cards).encode())
        say(f"{_counted(cards)} in {out}. It opens gates: delete it after printing.")


@app.command()
def revoke(school: SchoolOption, student: StudentOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Revoke a student's card; the kiosks learn it within seconds."""
    with collector(config) as opened, opened.database.transaction() as session:
        found = service.student_by_number(session, school_by_code(session, school).id, student)
        service.revoke(session, found.id, today=opened.today, now=opened.clock.now())
        say(f"The card of student {student} is revoked.")


@app.command()
def reissue(school: SchoolOption, student: StudentOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Revoke a student's card and issue a new one, handed over now."""
    with collector(config) as opened, opened.database.transaction() as session:
        found = service.student_by_number(session, school_by_code(session, school).id, student)
        service.reissue(session, _sealer(opened), found.id, today=opened.today, now=opened.clock.now())
        say(f"Student {student} has a new card: print it with `cards print --student {student}`, take the old one in.")


def _sealer(opened: Context) -> Sealer:
    return read_sealer(Path(opened.settings.card_key_file))


def _printable(opened: Context, code: str, class_name: str | None, number: str | None) -> list[PrintableCard]:
    with opened.database.reading() as session:
        school = school_by_code(session, code)
        class_id = class_by_name(session, school.id, class_name).id if class_name is not None else None
        student_id = service.student_by_number(session, school.id, number).id if number is not None else None
        return printable(session, _sealer(opened), school, opened.today, class_id, student_id)


def _counted(cards: list[PrintableCard]) -> str:
    return "1 card is" if len(cards) == 1 else f"{len(cards)} cards are"


def _csv(cards: list[PrintableCard]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["student_number", "class", "name_en", "name_km", "card_number"])
    for card in cards:
        face = card.face
        writer.writerow(
            [_as_text(c) for c in (card.student_number, face.class_en, face.name_en, face.name_km)] + [face.number]
        )
    return file.getvalue()


def _as_text(cell: str) -> str:
    """Keep a spreadsheet from taking a cell for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _write_private(path: Path, content: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(content)
    except OSError as error:
        raise CardError(f"The file {path} cannot be written: {error.strerror}.") from error
