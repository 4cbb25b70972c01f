"""What a technician must look at, at the terminal: listed, and settled in a person's name."""

from typing import Annotated

import typer

from collector.commands.context import DEFAULT_CONFIG, ConfigOption, Context, collector, say
from collector.errors import InvalidRequest
from collector.fleet.alarms import OpenAlarm, open_alarms
from collector.fleet.alarms import resolve as resolve_alarm

app = typer.Typer(no_args_is_help=True, help="List alarms and settle them.")


@app.command("list")
def list_alarms(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """List all alarms that are not settled, the latest news first."""
    with collector(config) as opened, opened.database.reading() as session:
        found = open_alarms(session)
        for each in found:
            say(_line(opened, each))
        if not found:
            say("There is no open alarm.")


@app.command()
def resolve(
    alarm: Annotated[int, typer.Argument(metavar="ID", min=1, max=2**53, help="The number that `alarm list` shows.")],
    by: Annotated[str, typer.Option("--by", help="The name of whoever says that it is settled.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Settle an alarm; what goes on after this is raised anew."""
    with collector(config) as opened, opened.database.transaction() as session:
        if not by.strip():
            raise InvalidRequest("Say with --by who settles the alarm.")
        settled = resolve_alarm(session, alarm, by.strip(), None, opened.clock.now())
        say(f"Alarm {settled.id} ({settled.kind} of {settled.kiosk_id}) is settled.")


def _line(opened: Context, each: OpenAlarm) -> str:
    alarm, zone = each.alarm, opened.settings.zone
    place = f"school {each.school.code}, gate {each.gate.code}" if each.school and each.gate else "at no school"
    since, last = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (alarm.raised_at, alarm.last_at))
    often = f"{alarm.times} times since {since}, last {last}" if alarm.times > 1 else f"once, {since}"
    return f"{alarm.id:>4} {alarm.kind:<14} {alarm.kiosk_id} ({place}): {often}. {alarm.detail}"
