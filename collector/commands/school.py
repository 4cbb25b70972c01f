"""Setting a school up: its file, its schedule, its roster, and the switch that makes it live."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from collector.commands.context import DEFAULT_CONFIG, ConfigOption, SchoolOption, collector, say
from collector.fleet.service import uncovered_gates
from collector.roster import service as roster
from collector.roster.csvfile import read_roster
from collector.roster.schemas import read_school
from collector.schedule import timetable
from collector.schedule.schemas import read_schedule

app = typer.Typer(no_args_is_help=True, help="Set up a school: gates, classes, shifts, students.")

FileArgument = Annotated[Path, typer.Argument(help="The file to read.")]


@app.command()
def load(file: FileArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Store a school with its gates and classes from a TOML file."""
    with collector(config) as opened, opened.database.transaction() as session:
        school = roster.load_school(session, read_school(file), opened.today)
        say(f"School {school.code} {school.name_en} is stored.")
        _warn_of_idle_classes(session, school.id)
        _warn_of_bare_gates(session, school.id)


@app.command("schedule")
def load_schedule(file: FileArgument, school: SchoolOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Store a school's shifts and closed days from a TOML file; they hold from today on."""
    with collector(config) as opened, opened.database.transaction() as session:
        found = roster.school_by_code(session, school)
        entries = read_schedule(file)
        now, zone = opened.clock.now(), opened.settings.zone
        timetable.load_schedule(session, found.id, entries, today=opened.today, now=now, zone=zone)
        say(f"{len(entries.shifts)} shifts and {len(entries.closures)} closed days are stored.")
        _warn_of_idle_classes(session, found.id)


@app.command("roster")
def import_roster(file: FileArgument, school: SchoolOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Take students, classes and guardians from a CSV file, whole or not at all."""
    with collector(config) as opened, opened.database.transaction() as session:
        found = roster.school_by_code(session, school)
        rows = read_roster(file)
        done = roster.import_roster(session, found, rows, path=file, today=opened.today, now=opened.clock.now())
        say(f"{done.new} new, {done.moved} moved, {done.changed} changed, {done.unchanged} unchanged.")


@app.command()
def live(
    school: SchoolOption,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    off: Annotated[bool, typer.Option("--off", help="Back to shadow days: decide, but tell nobody.")] = False,
) -> None:
    """Switch a school live: from now on its notices reach guardians and its marks enter rates."""
    with collector(config) as opened, opened.database.transaction() as session:
        found = roster.school_by_code(session, school)
        roster.set_live(session, found, None if off else opened.clock.now())
        say(f"School {found.code} is {'in shadow days' if off else 'live'}.")


def _warn_of_idle_classes(session: Session, school_id: int) -> None:
    idle = timetable.classes_without_shift(session, school_id)
    if idle:
        say(f"Nobody is expected yet in {', '.join(idle)}: load a schedule that has these classes.")


def _warn_of_bare_gates(session: Session, school_id: int) -> None:
    bare = uncovered_gates(session, school_id)
    if bare:
        say(f"No kiosk stands yet at {', '.join(bare)}: while a gate has none, everyone unseen stays undecided.")
